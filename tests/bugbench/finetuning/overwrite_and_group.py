"""Four arguments that are gone, in one call.

TypeError: TrainingArguments.__init__() got an unexpected keyword argument 'overwrite_output_dir'
"""

from transformers import TrainingArguments

TrainingArguments(
    output_dir="out",
    use_cpu=True,
    overwrite_output_dir=True,
    group_by_length=True,
    logging_dir="logs",
    save_safetensors=True,
)
