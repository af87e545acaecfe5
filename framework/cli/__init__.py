"""The command line: thin commands over the workflow, and the only place where foundry speaks to people."""
