"""The first run is to go on from a checkpoint.

ValueError: No valid checkpoint found in output directory
"""

import tempfile

from tiny import model, rows, tokenizer
from trl import SFTConfig, SFTTrainer

with tempfile.TemporaryDirectory() as folder:
    arguments = SFTConfig(output_dir=folder, max_steps=1, use_cpu=True, report_to="none")
    trainer = SFTTrainer(model=model(), args=arguments, train_dataset=rows(), processing_class=tokenizer())
    trainer.train(resume_from_checkpoint=True)
