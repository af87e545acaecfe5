"""Arguments of DPO that are gone.

TypeError: DPOConfig.__init__() got an unexpected keyword argument 'label_pad_token_id'
"""

from tiny import model, pairs, tokenizer
from trl import DPOConfig, DPOTrainer

arguments = DPOConfig(
    output_dir="out", max_steps=1, use_cpu=True, report_to="none", label_pad_token_id=-100, is_encoder_decoder=False
)
DPOTrainer(
    model=model(), ref_model=model(), args=arguments, train_dataset=pairs(), processing_class=tokenizer()
).train()
