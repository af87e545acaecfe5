"""A callback does not take what it is given besides.

TypeError: Shout.on_log() got an unexpected keyword argument 'model'
"""

from tiny import model, rows, tokenizer
from transformers import TrainerCallback
from trl import SFTConfig, SFTTrainer


class Shout(TrainerCallback):
    def on_log(self, args, state, control, logs):
        self.last = logs


SFTTrainer(
    model=model(),
    args=SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none", logging_steps=1),
    train_dataset=rows(),
    processing_class=tokenizer(),
    callbacks=[Shout()],
).train()
