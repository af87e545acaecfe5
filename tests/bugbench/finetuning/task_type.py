"""The kind of a task is misspelled.

ValueError: Invalid task type: 'CAUSALLM'. Must be one of the following task types: SEQ_CLS, SEQ_2_SEQ_LM, CAUSA
"""

from peft import LoraConfig, get_peft_model
from tiny import model

get_peft_model(model(), LoraConfig(task_type="CAUSALLM", target_modules="all-linear"))
