"""Tokens were added to a loaded tokenizer, and the model was not told.

IndexError: index out of range in self
"""

from tiny import folder
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(folder())
tokenizer.add_tokens([f"<new{number}>" for number in range(200)])
model = AutoModelForCausalLM.from_pretrained(folder())
model(**tokenizer("one two <new199>", return_tensors="pt", return_token_type_ids=False))
