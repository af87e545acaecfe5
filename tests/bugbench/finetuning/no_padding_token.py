"""A batch is padded with a tokenizer that has no token for it.

ValueError: Asking to pad but the tokenizer does not have a padding token. Please select a token to use as `pad_
"""

from tiny import tokenizer

plain = tokenizer()
plain.pad_token = None
plain(["one", "one two three"], padding=True, return_tensors="pt")
