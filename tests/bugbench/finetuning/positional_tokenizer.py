"""The trainer's arguments are given by their old places.

TypeError: SFTTrainer.__init__() got multiple values for argument 'args'
"""

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

SFTTrainer(
    model(), rows(), tokenizer(), args=SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
).train()
