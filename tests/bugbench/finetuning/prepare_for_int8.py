"""Preparing a quantized model had another name.

ImportError: cannot import name 'prepare_model_for_int8_training' from 'peft'
"""

from peft import prepare_model_for_int8_training
from tiny import model

prepare_model_for_int8_training(model())
