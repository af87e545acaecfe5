"""A run on the CPU was asked for by saying what not to use.

TypeError: TrainingArguments.__init__() got an unexpected keyword argument 'no_cuda'
"""

from transformers import TrainingArguments

TrainingArguments(output_dir="out", no_cuda=True)
