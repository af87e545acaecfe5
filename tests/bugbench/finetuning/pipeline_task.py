"""A task of the pipelines is gone.

KeyError: 'The task text2text-generation has been removed from transformers. Use the `text-generation` pipeline
"""

from tiny import model, tokenizer
from transformers import pipeline

pipeline("text2text-generation", model=model(), tokenizer=tokenizer())("one two", max_new_tokens=2)
