"""The names of the layers are those of another architecture.

peft.utils.error.NoMatchingPeftModuleError: Target modules {'q_proj', 'v_proj'} not found in the base model. Ple
"""

from peft import LoraConfig, get_peft_model
from tiny import model

get_peft_model(model(), LoraConfig(task_type="CAUSAL_LM", target_modules=["q_proj", "v_proj"]))
