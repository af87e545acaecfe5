"""A small project that is packed into images: packages of a few lines instead of PyTorch, and a model of none."""
