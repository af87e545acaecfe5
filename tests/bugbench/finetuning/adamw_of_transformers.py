"""Transformers had an AdamW of its own.

ImportError: cannot import name 'AdamW' from 'transformers'
"""

from tiny import model
from transformers import AdamW

AdamW(model().parameters(), lr=1e-4)
