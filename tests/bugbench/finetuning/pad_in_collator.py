"""The collator pads, and the tokenizer has no token for it.

ValueError: Asking to pad but the tokenizer does not have a padding token. Please select a token to use as `pad_
"""

from tiny import folder, rows
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)

tokenizer = AutoTokenizer.from_pretrained(folder())
tokenizer.pad_token = None
model = AutoModelForCausalLM.from_pretrained(folder())
data = rows().map(lambda row: tokenizer(row["text"]), remove_columns=["text"])
collator = DataCollatorForLanguageModeling(tokenizer=tokenizer, mlm=False)
Trainer(
    model=model,
    args=TrainingArguments(output_dir="out", max_steps=1, use_cpu=True, report_to="none"),
    train_dataset=data,
    data_collator=collator,
).train()
