"""What it is built with and must work with: libraries, compatibility, Python, methods, benchmarks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.reading import Mention, Reading
from agents.planner.understanding.slots.model_names import find_models, find_paths

_PYTHON = re.compile(r"(?<![a-z])py(?:thon)?[ -]?(?:version|版本)?\s?(?:>=|==|=|:|is)?\s?v?(3\.\d{1,2})(?![\d])")
_CUDA = re.compile(r"(?<![a-z])cuda[ -]?(?:version|toolkit)?\s?v?(\d{1,2}(?:\.\d)?)(?!\d|\.\d)")
_BITS = re.compile(r"(?<![\w.])(?:4|8|int ?4|int ?8)[ -]?(?:bits?|比特|位)\s?(?:quant\w*|量化)")
_FULL_SFT = re.compile(r"\bfull(?=[ -]sft)")
_BENCH = re.compile(r"(?<![a-z0-9])([a-z][a-z0-9]*(?:-?bench|-?eval|mmlu|[- ]mteb|glue))(?![a-z0-9])")
_NO_BENCH = frozenset({"eval", "bench", "re-eval", "reeval"})
_SHORT_NAMES = re.compile(r"\b(?:MATH|ARC|DROP|BIRD|CLUE|AIME)\b")
_MEASURES = re.compile(
    r"eval|benchmark|report|test|score|评测|评估|榜|测|跑分|gsm8k|mmlu|指标|target|accuracy|on$|on $"
)
_FORMATS = frozenset({"ONNX", "GGUF", "OpenAI API"})
_SYSTEMS = frozenset({"Windows", "Linux", "macOS", "Android", "iOS", "Raspberry Pi"})
_DEVICES = frozenset({"Raspberry Pi", "Android"})  # nothing but a thing to run on
_HUB = re.compile(r"\b(?:from|on|via) (?:hugging ?face|hf)|(?:hugging ?face|hf)(?: hub| dataset|上|的数据)")
_RUNS = re.compile(
    r"run|deploy|on |work|under|install|跑|用|上|部署|环境|系统|电脑|端|机"
    r"|support|laptop|box|server|app|phone|compatible|兼容"
)


def read_software(reading: Reading) -> Iterator[Mention]:
    """The mentions of `stack`, `compatibility`, `python`, `method` and `benchmarks`."""
    yield from _stack(reading)
    yield from _compatibility(reading)
    yield from _methods(reading)
    yield from _benchmarks(reading)
    for match in reading.finditer(_PYTHON):
        yield Mention("python", match[1], match.start(), match.end())


def _stack(reading: Reading) -> Iterator[Mention]:
    """A library; one that the result must load in is compatibility instead."""
    for term in reading.said("stack"):
        if term.value == "Transformers" and _HUB.search(
            reading.plain, max(0, term.start - 8), min(len(reading.plain), term.end + 10)
        ):
            continue  # the hub that datasets and models lie on
        slot = (
            "compatibility"
            if term.value in ("vLLM", "llama.cpp", "Ollama", "LangChain", "Kubernetes", "TGI")
            and _must_load_in(reading, term)
            else "stack"
        )
        yield Mention(slot, term.value, term.start, term.end)


def _must_load_in(reading: Reading, term: Term) -> bool:
    """ "Weights must load in vLLM": the cue stands right before, with nothing but the name's neighbours between."""
    for cue in reading.terms_until("compat_cue", term.start, 14):
        if cue.value == "compat" and not re.search(r"[,;.，。；]", reading.plain[cue.end : term.start]):
            loads = reading.plain[cue.start : cue.end] not in (
                "可以用",
                "支持",
                "要能用",
                "能用",
                "可用",
                "run in",
                "runs in",
            )
            return loads or (
                term.value in ("llama.cpp", "Ollama") and reading.plain[cue.start : cue.end] in ("run in", "runs in")
            )
    return False


def _compatibility(reading: Reading) -> Iterator[Mention]:
    libraries = reading.terms.get("stack", [])
    for term in reading.said("compatible_with"):
        if any(library.start <= term.start and term.end < library.end for library in libraries):
            continue  # TensorRT in TensorRT-LLM
        if term.value not in _SYSTEMS or _is_platform(reading, term):
            yield Mention("compatibility", term.value, term.start, term.end)
    for match in reading.finditer(_CUDA):
        yield Mention("compatibility", f"CUDA {match[1]}", match.start(), match.end())


def _is_platform(reading: Reading, term: Term) -> bool:
    """Windows is a system where something runs on it, and a thing in walls otherwise."""
    if reading.plain.startswith((" kernel", "内核"), term.end):
        return False
    if term.value in _DEVICES:
        return True
    clause = reading.clause(term.start)
    around = reading.plain[max(clause.start, term.start - 30) : min(clause.end, term.end + 16)]
    return _RUNS.search(around) is not None


def _methods(reading: Reading) -> Iterator[Mention]:
    models, paths = reading.spans_of(find_models), reading.spans_of(find_paths)
    for term in reading.said("method"):
        if models.covers(term.start) or paths.covers(term.start) or _is_other_thing(reading, term):
            continue
        yield Mention("method", term.value, term.start, term.end)
    for match in reading.finditer(_FULL_SFT):
        yield Mention("method", "full", match.start(), match.end())
    for match in reading.finditer(_BITS):
        yield Mention("method", "quantization", match.start(), match.end())


def _is_other_thing(reading: Reading, term: Term) -> bool:
    """A full-text, a rag to clean with, QLoRA's own quantisation, "all weights on disk"."""
    plain = reading.plain
    behind = plain[term.end : term.end + 12]
    if term.value == "quantization":
        return re.match(r"\s?(?:lora|的 ?lora)", behind) is not None or any(
            reading.plain[t.start : t.end].startswith("qlora")
            for t in reading.neighbours("lora_cue", term.start, term.end, 16)
        )
    if term.value == "full":
        word = plain[term.start : term.end]
        return word in ("全量",) and re.match(r"\s?(?:数据|同步|更新|上线|备份|用户|日志)", behind) is not None
    return term.value == "sft" and re.match(r"[ -]?(?:checkpoint|ckpt|model|模型|final|过的)", behind) is not None


def _benchmarks(reading: Reading) -> Iterator[Mention]:
    found: set[int] = set()
    for term in reading.said("benchmark"):
        trained = reading.near("train_word", term.start, term.end, 12) and any(
            t.start == term.start for t in reading.terms.get("public_dataset", [])
        )
        if not trained or _measured_near(reading, term.start):
            found.add(term.start)
            yield Mention("benchmarks", term.value, term.start, term.end)
    for match in reading.finditer(_BENCH):
        if (
            match.start() not in found
            and match[1] not in _NO_BENCH
            and not any(s <= match.start() < s + 20 for s in found)
        ):
            yield Mention("benchmarks", reading.source.quote(*match.span(1)), match.start(), match.end())
    for match in _SHORT_NAMES.finditer(reading.source.original):
        at = _plain_position(reading, match.start())
        if at is not None and reading.is_meant(at) and _measured_near(reading, at) and at not in found:
            yield Mention("benchmarks", match[0], at, at + len(match[0]))


def _plain_position(reading: Reading, original: int) -> int | None:
    from bisect import bisect_left

    at = bisect_left(reading.source.starts, original)
    return at if at < len(reading.plain) and reading.source.starts[at] == original else None


def _measured_near(reading: Reading, at: int) -> bool:
    return _MEASURES.search(reading.plain, max(0, at - 30), at + 12) is not None
