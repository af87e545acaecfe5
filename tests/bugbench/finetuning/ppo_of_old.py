"""PPO had a model with a head for values.

ImportError: cannot import name 'AutoModelForCausalLMWithValueHead' from 'trl'
"""

from tiny import model, tokenizer
from trl import AutoModelForCausalLMWithValueHead, PPOConfig, PPOTrainer

PPOTrainer(PPOConfig(batch_size=1), AutoModelForCausalLMWithValueHead(model()), tokenizer=tokenizer())
