"""Two words are nearly right.

ValueError: step is not a valid IntervalStrategy, please select one of ['no', 'steps', 'epoch']
"""

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

arguments = SFTConfig(
    output_dir="out", max_steps=1, use_cpu=True, report_to="none", save_strategy="epochs", logging_strategy="step"
)
SFTTrainer(model=model(), args=arguments, train_dataset=rows(), processing_class=tokenizer()).train()
