"""foundry: from a fuzzy sentence to a complete, verified PyTorch LLM project."""

__version__ = "0.1.0"
