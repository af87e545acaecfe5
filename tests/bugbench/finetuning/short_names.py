"""The arguments are called by the names that they have elsewhere.

TypeError: SFTConfig.__init__() got an unexpected keyword argument 'lr'
"""

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

arguments = SFTConfig(
    output_dir="out", max_steps=1, use_cpu=True, report_to="none", lr=1e-4, batch_size=2, grad_accum_steps=2
)
SFTTrainer(model=model(), args=arguments, train_dataset=rows(), processing_class=tokenizer()).train()
