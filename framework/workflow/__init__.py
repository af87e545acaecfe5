"""The workflow: which stages there are, what is done, what is stale, and the graph that runs them."""
