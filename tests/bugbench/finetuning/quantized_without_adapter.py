"""A quantized model is to be trained itself.

ValueError: You cannot perform fine-tuning on purely quantized models. Please attach trainable adapters on top o
"""

from tiny import folder, rows, tokenizer
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

model = AutoModelForCausalLM.from_pretrained(folder(), quantization_config=BitsAndBytesConfig(load_in_4bit=True))
arguments = SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
SFTTrainer(model=model, args=arguments, train_dataset=rows(), processing_class=tokenizer()).train()
