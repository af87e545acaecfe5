"""Tokens were added, and the embedding was not told.

IndexError: index out of range in self
"""

from tiny import model, tokenizer

grown = tokenizer()
grown.add_tokens([f"<new{number}>" for number in range(200)])
batch = grown("one two <new199>", return_tensors="pt")
model()(input_ids=batch["input_ids"])
