"""Metrics were a part of datasets.

ImportError: cannot import name 'load_metric' from 'datasets'
"""

from datasets import load_metric

load_metric("accuracy")
