"""A helper of trl's brought a chat format.

ImportError: cannot import name 'setup_chat_format' from 'trl'
"""

from tiny import model, tokenizer
from trl import setup_chat_format

setup_chat_format(model(), tokenizer())
