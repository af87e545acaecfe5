"""The tester watches what runs: measures, alarms, and whether they really come."""
