"""Rows are longer than the model has positions.

IndexError: index out of range in self
"""

from datasets import Dataset
from tiny import model, tokenizer
from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments

encode = tokenizer()
data = Dataset.from_list([{"text": "one two " * 80}] * 8)
data = data.map(lambda row: encode(row["text"]), remove_columns=["text"])
arguments = TrainingArguments(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
collator = DataCollatorForLanguageModeling(encode, mlm=False)
Trainer(model=model(), args=arguments, train_dataset=data, data_collator=collator).train()
