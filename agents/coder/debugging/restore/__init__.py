"""Repairs that bring back lines as they were last proven."""
