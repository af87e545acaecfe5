"""What all tests share: one thread per worker, and small models and tokenizers."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
from hypothesis import settings

torch.set_num_threads(1)
# The same examples each time: a project is judged by its tests, which must not pass today and fail tomorrow.
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")
