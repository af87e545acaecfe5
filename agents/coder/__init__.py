"""The coder: from requirements to a technology that fits, and later to the code."""
