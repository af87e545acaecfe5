"""Typical causes of a failing probe, found in the code."""
