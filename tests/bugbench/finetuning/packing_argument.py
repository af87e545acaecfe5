"""Four arguments of the trainer belong to its config, and that is one of Transformers.

TypeError: SFTTrainer.__init__() got an unexpected keyword argument 'tokenizer'
"""

from tiny import model, rows, tokenizer
from transformers import TrainingArguments
from trl import SFTTrainer

arguments = TrainingArguments(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
SFTTrainer(
    model=model(),
    args=arguments,
    train_dataset=rows(),
    tokenizer=tokenizer(),
    packing=False,
    max_seq_length=32,
    dataset_text_field="text",
).train()
