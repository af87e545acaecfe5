"""A limit for prompts, groups that do not fill the batch, and a reward without keywords.

TypeError: GRPOConfig.__init__() got an unexpected keyword argument 'max_prompt_length'
"""

from tiny import model, pairs, tokenizer
from trl import GRPOConfig, GRPOTrainer


def shortness(prompts, completions):
    return [-float(len(text)) for text in completions]


arguments = GRPOConfig(
    output_dir="out",
    max_steps=1,
    use_cpu=True,
    report_to="none",
    per_device_train_batch_size=6,
    max_completion_length=4,
    max_prompt_length=8,
)
GRPOTrainer(
    model=model(), reward_funcs=shortness, args=arguments, train_dataset=pairs(), processing_class=tokenizer()
).train()
