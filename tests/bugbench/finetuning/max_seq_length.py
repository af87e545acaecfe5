"""The longest sequence was an argument called max_seq_length.

TypeError: SFTConfig.__init__() got an unexpected keyword argument 'max_seq_length'
"""

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

arguments = SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none", max_seq_length=32)
SFTTrainer(model=model(), args=arguments, train_dataset=rows(), processing_class=tokenizer()).train()
