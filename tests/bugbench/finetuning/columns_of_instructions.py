"""Instructions and outputs have no column of text.

KeyError: 'text'
"""

from datasets import Dataset
from tiny import model, tokenizer
from trl import SFTConfig, SFTTrainer

data = Dataset.from_list([{"instruction": "one two", "output": "three four"}] * 8)
arguments = SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
SFTTrainer(model=model(), args=arguments, train_dataset=data, processing_class=tokenizer()).train()
