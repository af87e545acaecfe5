"""It is to be evaluated, and there is no data for that.

ValueError: You have set `args.eval_strategy` to IntervalStrategy.STEPS but you didn't pass an `eval_dataset` to
"""

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

arguments = SFTConfig(
    output_dir="out", max_steps=1, use_cpu=True, report_to="none", eval_strategy="steps", eval_steps=1
)
SFTTrainer(model=model(), args=arguments, train_dataset=rows(), processing_class=tokenizer()).train()
