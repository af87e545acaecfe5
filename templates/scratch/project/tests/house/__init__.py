"""What lies around the code: documents, commands, workflows, and a name that can change."""
