"""The collator gives no labels, and the model no loss.

ValueError: The model did not return a loss from the inputs, only the following keys: logits. For reference, the
"""

from tiny import model, rows, tokenizer
from transformers import DataCollatorWithPadding, Trainer, TrainingArguments

encode = tokenizer()
data = rows().map(lambda row: encode(row["text"]), remove_columns=["text"])
arguments = TrainingArguments(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
Trainer(model=model(), args=arguments, train_dataset=data, data_collator=DataCollatorWithPadding(encode)).train()
