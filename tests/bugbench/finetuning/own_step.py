"""A trainer's step of one's own does not take what it is given today.

TypeError: Patient.training_step() takes 3 positional arguments but 4 were given
"""

from tiny import model, rows, tokenizer
from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments


class Patient(Trainer):
    def training_step(self, model, inputs):
        return super().training_step(model, inputs)


encode = tokenizer()
data = rows().map(lambda row: encode(row["text"]), remove_columns=["text"])
arguments = TrainingArguments(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
collator = DataCollatorForLanguageModeling(encode, mlm=False)
Patient(model=model(), args=arguments, train_dataset=data, data_collator=collator).train()
