"""The arguments ask for a package that is not there.

importlib.metadata.PackageNotFoundError: No package metadata was found for The 'deepspeed>=0.9.3' distribution w
"""

from transformers import TrainingArguments

TrainingArguments(output_dir="out", use_cpu=True, deepspeed={"zero_optimization": {"stage": 2}})
