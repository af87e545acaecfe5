"""The model is taken from a hub that this machine cannot reach.

OSError: We couldn't connect to the hub to load the files, and couldn't find them in the cached files. Check your inte
"""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
from transformers import AutoModelForCausalLM  # reads the variable when it is imported

AutoModelForCausalLM.from_pretrained("some-organisation/a-model-nobody-downloaded")
