"""Probes for silent bugs drive the project's own model, data and engine, and compute apart from it what is right."""

from scratch_llm.probes.finding import Check, Finding
from scratch_llm.probes.runner import PROBES, run_probes

__all__ = ["PROBES", "Check", "Finding", "run_probes"]
