"""The biases to be trained are called by a word that was never one.

NotImplementedError: Requested bias: lora, is not implemented.
"""

from peft import LoraConfig, get_peft_model
from tiny import model

get_peft_model(model(), LoraConfig(task_type="CAUSAL_LM", target_modules="all-linear", bias="lora"))
