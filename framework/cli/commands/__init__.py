"""One module per command. A module imports nothing heavy at its top: `foundry --help` loads them all."""
