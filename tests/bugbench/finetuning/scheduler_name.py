"""The arguments name a schedule that never was.

ValueError: cosine_with_warmup is not a valid SchedulerType, please select one of ['linear', 'cosine', 'cosine_w
"""

from transformers import TrainingArguments

TrainingArguments(output_dir="out", use_cpu=True, lr_scheduler_type="cosine_with_warmup")
