"""A way of training has moved to the experiments.

ImportError: cannot import name 'ORPOConfig' from 'trl'
"""

from tiny import model, pairs, tokenizer
from trl import ORPOConfig, ORPOTrainer

arguments = ORPOConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
ORPOTrainer(model=model(), args=arguments, train_dataset=pairs(), processing_class=tokenizer()).train()
