"""A tokenizer had a method for batches.

AttributeError: TokenizersBackend has no attribute batch_encode_plus. Did you mean: '_encode_plus'?
"""

from tiny import tokenizer

tokenizer().batch_encode_plus(["one", "one two three"], padding=True, return_tensors="pt")
