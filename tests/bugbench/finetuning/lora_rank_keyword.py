"""The rank of an adapter is called by its name in papers.

TypeError: LoraConfig.__init__() got an unexpected keyword argument 'rank'
"""

from peft import LoraConfig, get_peft_model
from tiny import model

get_peft_model(model(), LoraConfig(task_type="CAUSAL_LM", rank=8, alpha=16, target_modules="all-linear"))
