"""How a model is quantized was an argument of its loading.

TypeError: GPT2LMHeadModel.__init__() got an unexpected keyword argument 'load_in_4bit'
"""

from tiny import folder
from transformers import AutoModelForCausalLM

AutoModelForCausalLM.from_pretrained(folder(), load_in_4bit=True)
