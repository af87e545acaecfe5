"""Injected bugs, and what foundry makes of them; see README.md."""
