"""Dataset: draws the small dataset that a project proves itself on, and shows what is in it."""
