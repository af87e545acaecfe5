"""One module per group of slots. Each reads its values from a `Reading` and yields mentions with their place."""
