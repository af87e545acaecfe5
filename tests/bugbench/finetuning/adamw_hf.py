"""The arguments name an optimizer that is gone.

ValueError: adamw_hf is not a valid OptimizerNames, please select one of ['adamw_torch', 'adamw_torch_fused', 'a
"""

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

arguments = SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none", optim="adamw_hf")
SFTTrainer(model=model(), args=arguments, train_dataset=rows(), processing_class=tokenizer()).train()
