"""Ground floor: errors, files, devices. Imports nothing else of this package."""
