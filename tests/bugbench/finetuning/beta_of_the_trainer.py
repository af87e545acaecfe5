"""The strength of DPO was given to the trainer.

TypeError: DPOTrainer.__init__() got an unexpected keyword argument 'beta'
"""

from tiny import model, pairs, tokenizer
from trl import DPOConfig, DPOTrainer

arguments = DPOConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
DPOTrainer(
    model=model(), ref_model=model(), args=arguments, beta=0.1, train_dataset=pairs(), processing_class=tokenizer()
).train()
