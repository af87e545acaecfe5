"""Arguments of DPO that have moved, and one that is gone.

TypeError: DPOConfig.__init__() got an unexpected keyword argument 'padding_value'
"""

from tiny import model, pairs, tokenizer
from trl import DPOConfig, DPOTrainer

arguments = DPOConfig(
    output_dir="out",
    max_steps=1,
    use_cpu=True,
    report_to="none",
    padding_value=0,
    truncation_mode="keep_end",
    max_length=32,
)
DPOTrainer(
    model=model(),
    ref_model=model(),
    args=arguments,
    tokenizer=tokenizer(),
    train_dataset=pairs(),
    max_length=32,
    label_smoothing=0.0,
).train()
