"""Reports that compare runs: figures, config differences, curves and samples in one file."""

from scratch_llm.evaluation.report.comparison import compare
from scratch_llm.evaluation.report.page import write_page
from scratch_llm.evaluation.report.runs import Run, read_run

__all__ = ["Run", "compare", "read_run", "write_page"]
