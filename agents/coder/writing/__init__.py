"""Code that no template has, written by a model: bounded, tried in a copy, and kept only if every gate passes there."""
