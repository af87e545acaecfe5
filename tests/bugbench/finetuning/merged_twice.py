"""An adapter is merged into its model a second time.

AttributeError: 'GPT2LMHeadModel' object has no attribute 'merge_and_unload'
"""

from peft import LoraConfig, get_peft_model
from tiny import model

adapted = get_peft_model(model(), LoraConfig(task_type="CAUSAL_LM", target_modules="all-linear"))
merged = adapted.merge_and_unload()
merged.merge_and_unload()
