"""A quantized model is to be trained by the plain trainer.

ValueError: You cannot perform fine-tuning on purely quantized models. Please attach trainable adapters on top o
"""

from tiny import folder, rows, tokenizer
from transformers import (
    AutoModelForCausalLM,
    BitsAndBytesConfig,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)

model = AutoModelForCausalLM.from_pretrained(folder(), quantization_config=BitsAndBytesConfig(load_in_8bit=True))
tokenizer = tokenizer()
data = rows().map(lambda row: tokenizer(row["text"]), remove_columns=["text"])
Trainer(
    model=model,
    args=TrainingArguments(output_dir="out", max_steps=1, use_cpu=True, report_to="none"),
    train_dataset=data,
    data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
).train()
