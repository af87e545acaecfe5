"""The kind of a loss is misspelled.

ValueError: Unknown loss type: sigmoidal. Should be one of ['sigmoid', 'hinge', 'ipo', 'exo_pair', 'nca_pair', '
"""

from tiny import model, pairs, tokenizer
from trl import DPOConfig, DPOTrainer

arguments = DPOConfig(output_dir="out", max_steps=1, use_cpu=True, report_to="none", loss_type="sigmoidal")
DPOTrainer(
    model=model(), ref_model=model(), args=arguments, train_dataset=pairs(), processing_class=tokenizer()
).train()
