"""The name of a layer is that of another architecture.

peft.utils.error.NoMatchingPeftModuleError: Target modules query_key_value not found in the base model. Please c
"""

from peft import LoraConfig, get_peft_model
from tiny import model

get_peft_model(model(), LoraConfig(task_type="CAUSAL_LM", target_modules="query_key_value"))
