"""A batch is smaller than the group of answers to one prompt.

ValueError: generation_batch_size (2) must be divisible by num_generations (4).
"""

from tiny import model, pairs, tokenizer
from trl import GRPOConfig, GRPOTrainer


def length(completions, **_):
    return [float(len(text)) for text in completions]


arguments = GRPOConfig(
    output_dir="out",
    max_steps=1,
    use_cpu=True,
    report_to="none",
    per_device_train_batch_size=2,
    num_generations=4,
    max_completion_length=4,
)
data = pairs().select_columns(["prompt"])
GRPOTrainer(
    model=model(), reward_funcs=length, args=arguments, train_dataset=data, processing_class=tokenizer()
).train()
