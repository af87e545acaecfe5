"""The project as a reader sees it: documents, commands, and what the code offers them."""
