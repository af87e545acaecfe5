"""Ops: settles what the environments hold, and later makes them, packs the project and runs it."""
