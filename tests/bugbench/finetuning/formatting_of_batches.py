"""Rows were formatted in batches.

AttributeError: 'list' object has no attribute 'endswith'
"""

from datasets import Dataset
from tiny import model, tokenizer
from trl import SFTConfig, SFTTrainer


def text_of(examples):
    return [f"{a} {b}" for a, b in zip(examples["instruction"], examples["output"], strict=False)]


data = Dataset.from_list([{"instruction": "one two", "output": "three four"}] * 8)
arguments = SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
SFTTrainer(
    model=model(), args=arguments, train_dataset=data, processing_class=tokenizer(), formatting_func=text_of
).train()
