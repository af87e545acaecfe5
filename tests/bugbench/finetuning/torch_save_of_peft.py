"""The weights of an adapted model are saved with those that they share.

RuntimeError: Some tensors share memory, this will lead to duplicate memory on disk and potential differences wh
"""

import tempfile
from pathlib import Path

from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from tiny import model

net = get_peft_model(model(), LoraConfig(target_modules="all-linear"))
weights = net.state_dict()
with tempfile.TemporaryDirectory() as place:
    save_file(weights, Path(place) / "model.safetensors")
