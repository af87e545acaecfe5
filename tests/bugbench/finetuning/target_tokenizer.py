"""Targets were tokenized in a mode of their own.

AttributeError: TokenizersBackend has no attribute as_target_tokenizer
"""

from tiny import tokenizer

encode = tokenizer()
with encode.as_target_tokenizer():
    encode(["one two"])
