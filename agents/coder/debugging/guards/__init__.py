"""What no repair may do."""
