"""The arguments come from a run on an A100.

ValueError: Your setup doesn't support bf16/gpu. You need to assign use_cpu if you want to train the model on CP
"""

from transformers import TrainingArguments

TrainingArguments(output_dir="out", bf16=True)
