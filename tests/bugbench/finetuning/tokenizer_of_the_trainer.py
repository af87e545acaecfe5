"""The trainer kept its tokenizer under another name.

AttributeError: 'SFTTrainer' object has no attribute 'tokenizer'. Did you mean: '_tokenizer'?
"""

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

arguments = SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
trainer = SFTTrainer(model=model(), args=arguments, train_dataset=rows(), processing_class=tokenizer())
trainer.train()
trainer.tokenizer.save_pretrained("out")
