"""Old names stand in a dict.

TypeError: SFTConfig.__init__() got an unexpected keyword argument 'evaluation_strategy'
"""

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

settings = {
    "output_dir": "out",
    "max_steps": 1,
    "use_cpu": True,
    "report_to": "none",
    "evaluation_strategy": "no",
    "max_seq_length": 16,
}
arguments = SFTConfig(**settings)
SFTTrainer(model=model(), tokenizer=tokenizer(), args=arguments, train_dataset=rows()).train()
