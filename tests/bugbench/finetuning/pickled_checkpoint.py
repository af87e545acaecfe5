"""A checkpoint holds an object, and torch.load reads plain types only.

_pickle.UnpicklingError: Weights only load failed. This file can still be loaded, to do so you have two options,
"""

import tempfile
from pathlib import Path

import torch
from tiny import CONFIG, model

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "checkpoint.pt")
    torch.save({"model": model().state_dict(), "config": CONFIG}, path)
    torch.load(path)
