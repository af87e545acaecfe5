"""A function for one row is given many.

AttributeError: 'list' object has no attribute 'split'
"""

from tiny import rows

rows().map(lambda row: {"length": len(row["text"].split())}, batched=True)
