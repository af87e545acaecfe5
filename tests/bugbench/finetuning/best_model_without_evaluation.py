"""The best model is wanted, and nothing is evaluated.

ValueError: --load_best_model_at_end requires the save and eval strategy to match, except when --save_strategy="
"""

from transformers import TrainingArguments

TrainingArguments(output_dir="out", use_cpu=True, load_best_model_at_end=True, save_strategy="steps")
