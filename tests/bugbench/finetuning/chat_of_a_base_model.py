"""Chats are learned with the tokenizer of a base model.

ValueError: Cannot use chat template functions because tokenizer.chat_template is not set and no template argume
"""

from datasets import Dataset
from tiny import folder
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

name = folder()
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForCausalLM.from_pretrained(name)
talk = [{"role": "user", "content": "one two"}, {"role": "assistant", "content": "three"}]
arguments = SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
data = Dataset.from_list([{"messages": talk}] * 8)
SFTTrainer(model=model, args=arguments, train_dataset=data, processing_class=tokenizer).train()
