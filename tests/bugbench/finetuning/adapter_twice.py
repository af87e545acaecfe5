"""A model that has an adapter is given to a trainer that makes one.

ValueError: You passed a `PeftModel` instance together with a `peft_config` to the trainer. Please first merge a
"""

from peft import LoraConfig, get_peft_model
from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

lora = LoraConfig(task_type="CAUSAL_LM", target_modules="all-linear")
adapted = get_peft_model(model(), lora)
arguments = SFTConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none")
trainer = SFTTrainer(
    model=adapted, args=arguments, train_dataset=rows(), processing_class=tokenizer(), peft_config=lora
)
trainer.train()
