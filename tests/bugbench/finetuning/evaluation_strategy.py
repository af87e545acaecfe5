"""When to evaluate had a longer name.

TypeError: TrainingArguments.__init__() got an unexpected keyword argument 'evaluation_strategy'
"""

from transformers import TrainingArguments

TrainingArguments(output_dir="out", evaluation_strategy="steps", eval_steps=10)
