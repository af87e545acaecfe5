"""Gates: pure functions from what is on disk to a verdict."""
