"""A trainer's log of one's own does not take what it is given today.

TypeError: Loud.log() takes 2 positional arguments but 3 were given
"""

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer


class Loud(SFTTrainer):
    def log(self, logs):
        super().log(logs)


Loud(
    model=model(),
    args=SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none", logging_steps=1),
    train_dataset=rows(),
    processing_class=tokenizer(),
).train()
