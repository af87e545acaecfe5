"""A plain model is asked for what only adapted ones have.

AttributeError: 'GPT2LMHeadModel' object has no attribute 'print_trainable_parameters'
"""

from tiny import model

net = model()
net.print_trainable_parameters()
