"""The trainer is given the tokenizer by the name that it had in Transformers 4.

TypeError: SFTTrainer.__init__() got an unexpected keyword argument 'tokenizer'
"""

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

arguments = SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
SFTTrainer(model=model(), args=arguments, train_dataset=rows(), tokenizer=tokenizer()).train()
