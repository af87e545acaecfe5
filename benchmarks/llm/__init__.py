"""What a model adds to the expert, and what it gets past the checks: scripted models, or a real endpoint."""
