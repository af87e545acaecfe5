"""The planner: from the user's sentence to requirements that can be built on."""
