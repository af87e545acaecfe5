"""A model that writes is to give rewards.

ValueError: The model has `num_labels=2`, but reward models require `num_labels=1` to output a single scalar rew
"""

from tiny import model, pairs, tokenizer
from trl import RewardConfig, RewardTrainer

RewardTrainer(
    model=model(),
    args=RewardConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none"),
    train_dataset=pairs(),
    processing_class=tokenizer(),
).train()
