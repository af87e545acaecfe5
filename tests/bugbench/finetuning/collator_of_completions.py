"""A collator of trl's left the prompts out of the loss.

ImportError: cannot import name 'DataCollatorForCompletionOnlyLM' from 'trl'
"""

from tiny import model, rows, tokenizer
from trl import DataCollatorForCompletionOnlyLM, SFTConfig, SFTTrainer

encode = tokenizer()
collator = DataCollatorForCompletionOnlyLM("three", tokenizer=encode)
arguments = SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
SFTTrainer(model=model(), args=arguments, train_dataset=rows(), processing_class=encode, data_collator=collator).train()
