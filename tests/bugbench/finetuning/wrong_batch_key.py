"""The data has another column than the one that is tokenized.

KeyError: 'content'
"""

from tiny import model, rows, tokenizer
from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments

encode = tokenizer()
data = rows().map(lambda row: encode(row["content"]), remove_columns=["text"])
Trainer(
    model=model(),
    args=TrainingArguments(output_dir="out", max_steps=1, use_cpu=True, report_to="none"),
    train_dataset=data,
    data_collator=DataCollatorForLanguageModeling(encode, mlm=False),
).train()
