"""Columns that the model does not take are kept.

ValueError: Unable to create tensor, you should probably activate truncation and/or padding with 'padding=True'
"""

from tiny import model, rows, tokenizer
from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments

encode = tokenizer()
data = rows().map(lambda row: encode(row["text"]))
Trainer(
    model=model(),
    args=TrainingArguments(output_dir="out", max_steps=1, use_cpu=True, report_to="none", remove_unused_columns=False),
    train_dataset=data,
    data_collator=DataCollatorForLanguageModeling(encode, mlm=False),
).train()
