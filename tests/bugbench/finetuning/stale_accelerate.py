"""Precision was a switch of the accelerator.

TypeError: Accelerator.__init__() got an unexpected keyword argument 'fp16'
"""

from accelerate import Accelerator

Accelerator(fp16=True, logging_dir="logs")
