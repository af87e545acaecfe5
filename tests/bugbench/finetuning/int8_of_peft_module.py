"""Preparing a quantized model had another name in the module.

AttributeError: module 'peft' has no attribute 'prepare_model_for_int8_training'. Did you mean: 'prepare_model_f
"""

import peft
from tiny import model

peft.prepare_model_for_int8_training(model())
