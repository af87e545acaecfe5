"""DPO had a limit for prompts of its own.

TypeError: DPOConfig.__init__() got an unexpected keyword argument 'max_prompt_length'
"""

from tiny import model, pairs, tokenizer
from trl import DPOConfig, DPOTrainer

arguments = DPOConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none", max_prompt_length=16)
DPOTrainer(
    model=model(), ref_model=model(), args=arguments, train_dataset=pairs(), processing_class=tokenizer()
).train()
