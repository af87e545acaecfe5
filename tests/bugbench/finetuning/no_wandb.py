"""A run is reported to a service whose package is not there.

RuntimeError: WandbCallback requires wandb to be installed. Run `pip install wandb`.
"""

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

arguments = SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="wandb")
SFTTrainer(model=model(), args=arguments, train_dataset=rows(), processing_class=tokenizer()).train()
