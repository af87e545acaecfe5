"""Edits of Python code that leave everything else as it is."""
