"""The share of steps for warming up was an argument of its own.

TypeError: TrainingArguments.__init__() got an unexpected keyword argument 'warmup_ratio'
"""

from transformers import TrainingArguments

TrainingArguments(output_dir="out", use_cpu=True, warmup_ratio=0.1)
