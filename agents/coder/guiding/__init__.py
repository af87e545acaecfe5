"""The advice for the full training: arithmetic on tech.md, the project's own configuration and the catalogs."""
