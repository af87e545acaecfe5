"""A scripted endpoint, and how broken ones behave."""
