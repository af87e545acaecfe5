"""What foundry is measured by, beyond its tests."""
