"""The key to a hub had a longer name.

TypeError: GPT2LMHeadModel.__init__() got an unexpected keyword argument 'use_auth_token'
"""

from tiny import folder
from transformers import AutoModelForCausalLM

AutoModelForCausalLM.from_pretrained(folder(), use_auth_token=False)
