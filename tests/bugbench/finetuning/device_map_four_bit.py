"""A quantized model is put onto the second GPU of another machine.

RuntimeError: Cannot access accelerator device when none is available.
"""

from peft import LoraConfig
from tiny import folder, rows, tokenizer
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

how = BitsAndBytesConfig(load_in_4bit=True)
model = AutoModelForCausalLM.from_pretrained(folder(), quantization_config=how, device_map={"": 1})
SFTTrainer(
    model=model,
    args=SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none"),
    train_dataset=rows(),
    processing_class=tokenizer(),
    peft_config=LoraConfig(task_type="CAUSAL_LM"),
).train()
