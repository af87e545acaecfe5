"""The plain trainer is given texts.

ValueError: No columns in the dataset match the model's forward method signature: (input_ids, past_key_values, a
"""

from tiny import model, rows, tokenizer
from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments

collator = DataCollatorForLanguageModeling(tokenizer(), mlm=False)
arguments = TrainingArguments(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
Trainer(model=model(), args=arguments, train_dataset=rows(), data_collator=collator).train()
