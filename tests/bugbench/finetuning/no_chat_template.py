"""A base model's tokenizer is used for chats.

ValueError: Cannot use chat template functions because tokenizer.chat_template is not set and no template argume
"""

from tiny import tokenizer

tokenizer().apply_chat_template([{"role": "user", "content": "hello"}], tokenize=False)
