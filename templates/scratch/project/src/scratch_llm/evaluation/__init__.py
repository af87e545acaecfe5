"""Evaluation: perplexity, question tasks, the synthetic grammar's own judgement, and rating by people."""

from scratch_llm.evaluation.harness import Harness
from scratch_llm.evaluation.perplexity import Perplexity, perplexity
from scratch_llm.evaluation.results import Evaluation, Score
from scratch_llm.evaluation.tasks import EvaluationConfig

__all__ = ["Evaluation", "EvaluationConfig", "Harness", "Perplexity", "Score", "perplexity"]
