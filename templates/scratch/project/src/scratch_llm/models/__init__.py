"""The model: a decoder whose attention and feed-forward are chosen by config."""

from scratch_llm.models.cache import KVCache
from scratch_llm.models.cost import ParameterCount, count_parameters, flops_per_token
from scratch_llm.models.decoder import Decoder, DecoderLoss, DecoderOutput
from scratch_llm.models.huggingface import export_hf, import_hf

__all__ = [
    "Decoder",
    "DecoderLoss",
    "DecoderOutput",
    "KVCache",
    "ParameterCount",
    "count_parameters",
    "export_hf",
    "flops_per_token",
    "import_hf",
]
