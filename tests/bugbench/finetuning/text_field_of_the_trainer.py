"""The column of the text was the trainer's business, not the config's.

TypeError: SFTTrainer.__init__() got an unexpected keyword argument 'dataset_text_field'
"""

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

arguments = SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
trainer = SFTTrainer(
    model=model(), args=arguments, train_dataset=rows(), processing_class=tokenizer(), dataset_text_field="text"
)
trainer.train()
