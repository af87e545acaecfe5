"""What belongs to DeepSpeed had a module at the top.

ModuleNotFoundError: No module named 'transformers.deepspeed'
"""

from transformers.deepspeed import HfDeepSpeedConfig

assert HfDeepSpeedConfig
