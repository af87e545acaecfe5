"""A checkpoint holds the arguments of its training.

_pickle.UnpicklingError: Weights only load failed. This file can still be loaded, to do so you have two options,
"""

import tempfile
from pathlib import Path

import torch
from tiny import model
from transformers import TrainingArguments

with tempfile.TemporaryDirectory() as place:
    file = Path(place, "state.pt")
    torch.save({"args": TrainingArguments(output_dir=place, use_cpu=True), "model": model().state_dict()}, file)
    state = torch.load(file, map_location="cpu")
    model().load_state_dict(state["model"])
