"""The context of the family `scratch`: what a model from nothing is rendered from, and what became of every wish."""
