"""Tied weights go into one file under two names.

RuntimeError: Some tensors share memory, this will lead to duplicate memory on disk and potential differences wh
"""

import tempfile
from pathlib import Path

from safetensors.torch import save_file
from tiny import model

with tempfile.TemporaryDirectory() as folder:
    save_file(model().state_dict(), Path(folder, "model.safetensors"))
