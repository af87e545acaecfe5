"""A trainer's loss of one's own does not take what it is given today.

TypeError: Weighted.compute_loss() got an unexpected keyword argument 'num_items_in_batch'
"""

from tiny import model, rows, tokenizer
from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments


class Weighted(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False):
        outputs = model(**inputs)
        return (outputs.loss, outputs) if return_outputs else outputs.loss


encode = tokenizer()
data = rows().map(lambda row: encode(row["text"]), remove_columns=["text"])
arguments = TrainingArguments(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
collator = DataCollatorForLanguageModeling(encode, mlm=False)
Weighted(model=model(), args=arguments, train_dataset=data, data_collator=collator).train()
