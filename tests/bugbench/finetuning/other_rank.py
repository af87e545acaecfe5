"""An adapter of another rank is loaded.

RuntimeError: Error(s) in loading state_dict for PeftModel:
"""

from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from tiny import model

saved = get_peft_model_state_dict(get_peft_model(model(), LoraConfig(r=8, target_modules="all-linear")))
set_peft_model_state_dict(get_peft_model(model(), LoraConfig(r=4, target_modules="all-linear")), saved)
