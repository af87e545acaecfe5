"""Measurements against peers, interleaved, in CPU time: `python -m benchmarks --help`."""
