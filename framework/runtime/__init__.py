"""Everything that touches the world: files, processes, git, events."""
