"""The collator masks words unless it is told not to.

ValueError: This tokenizer does not have a mask token which is necessary for masked language modeling. You shoul
"""

from tiny import model, rows, tokenizer
from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments

encode = tokenizer()
data = rows().map(lambda row: encode(row["text"]), remove_columns=["text"])
arguments = TrainingArguments(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
Trainer(
    model=model(), args=arguments, train_dataset=data, data_collator=DataCollatorForLanguageModeling(encode)
).train()
