"""Attention is asked of a package that is not there.

ImportError: FlashAttention2 has been toggled on, but it cannot be used due to the following error: the package
"""

from tiny import CONFIG
from transformers import AutoModelForCausalLM

AutoModelForCausalLM.from_config(CONFIG, attn_implementation="flash_attention_2")
