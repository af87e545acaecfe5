"""Finding out why a project fails, and mending it."""
