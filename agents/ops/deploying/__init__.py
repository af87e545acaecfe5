"""The service, started, asked and measured; and what is done where it does not start."""
