"""Preferences have columns of their own names.

KeyError: 'chosen'
"""

from tiny import model, pairs, tokenizer
from trl import DPOConfig, DPOTrainer

data = pairs().rename_columns({"prompt": "question", "chosen": "answer_good", "rejected": "answer_bad"})
arguments = DPOConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
DPOTrainer(model=model(), ref_model=model(), args=arguments, train_dataset=data, processing_class=tokenizer()).train()
