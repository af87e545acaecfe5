"""Which values may change in which direction, by the name of the setting: steps, intervals, switches, requirements."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

Value = object
_AMOUNT = r"(max_|num_|n_|total_)?(train_)?(steps?|epochs?|iters?|iterations|documents?|samples|batches|examples|rows)"
_LEAST = re.compile(
    rf"{_AMOUNT}|(eval|val|validation|test)_(batches|iters|samples)|num_train_epochs|keep|max_train_\w+"
)
_EVERY = re.compile(
    r"((eval|val|validation|save|checkpoint|ckpt|log|logging)_(every|interval|steps|freq\w*|every_\w+))|every"
)
_POSITIVE = re.compile(
    r"batch_size|\w+_batch_size|accumulat\w*|grad\w*_accum\w*|lr|learning_rate|max_lr|grad_clip|max_grad_norm|clip\w*"
    r"|(val|validation|test|eval)_(share|fraction|split|ratio|size)|loss_weight|\w*loss_(weight|coef\w*)"
)
_SWITCH = re.compile(
    r"(do_|run_)?(eval\w*|validat\w*|save\w*|checkpoint\w*|resume\w*|strict\w*|check\w*|verify\w*|deterministic|shuffle"
    r"|dedup\w*|isolate_\w+|load_best\w*|train)|(eval|evaluation|save)_strategy"
)
_MOST = re.compile(r"nan_patience|max_bad\w*|\w*tolerance|atol|rtol|max_failures|allowed_\w+")
_LIMIT = re.compile(r"max_\w*(steps|iters|samples|documents|batches|rows|examples)|limit_\w+|early_stop\w*")
REQUIREMENT = re.compile(
    r"n_layers?|num_(hidden_)?layers|n_heads?|num_(attention_)?heads|n_kv_heads?|num_key_value_heads|d_model|hidden_size"
    r"|hidden_dim|n_embd|embed\w*_dim|d_ff|ffn_dim|intermediate_size|head_dim|n_experts?|num_experts|vocab(ulary)?_size"
    r"|context(_length|_size|_window)?|block_size|max_seq(uence)?_len(gth)?|seq(uence)?_len(gth)?|max_length"
    r"|max_position_embeddings|dataset(_name)?|language|licen[cs]e|task|base_model|model_name\w*|start_from|attention"
    r"|feed_forward|tie_\w*embeddings|kind",
    re.IGNORECASE,
)
_OFF = {False, None, "no", "none", "never", "off", "false", ""}


def number(value: Value) -> float | None:
    """The value as a number, also where it is written as a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def is_same(old: Value, new: Value) -> bool:
    """Whether a value is the same, however it is written."""
    a, b = number(old), number(new)
    return a == b if a is not None and b is not None else str(old) == str(new)


def is_mended(old: Value, new: Value) -> bool:
    """Whether a value that could not be meant became the one that is: a slip of the pen, or a word for a number."""
    if is_same(old, new):
        return True
    if not isinstance(old, str) or number(old) is not None:
        return False
    if not isinstance(new, str):
        return number(new) is not None
    counted = [re.findall(r"\d+", text) for text in (old, new)]
    return counted[0] == counted[1] and SequenceMatcher(None, old.lower(), new.lower()).ratio() >= 0.8


def forbidden(name: str, old: Value, new: Value) -> bool:
    """Whether a setting of that name may not go from one value to the other. What was no valid value may be mended."""
    before, after = number(old), number(new)
    if _SWITCH.fullmatch(name) and (before is None or isinstance(old, bool)):
        return not _is_off(old) and _is_off(new)
    if before is None or before <= 0 or before != before:
        return False
    if after is None:
        return bool(_LEAST.fullmatch(name) or _EVERY.fullmatch(name) or _POSITIVE.fullmatch(name)) and _is_off(new)
    if _LEAST.fullmatch(name):
        return after < before
    if _EVERY.fullmatch(name) or _MOST.fullmatch(name):
        return after > before or after <= 0
    return (bool(_POSITIVE.fullmatch(name)) and after <= 0) or (name == "seed" and after != before)


def replaces_computed(name: str, old: str, new: Value) -> bool:
    """Whether an amount that was computed becomes a plain number, or is cut off at one."""
    if not (_LEAST.fullmatch(name) or re.fullmatch(r"n_\w+|\w*warmup\w*|\w*(loss|metric|score|accuracy|norm)", name)):
        return False
    return number(new) is not None or (isinstance(new, str) and new.count("min(") > old.count("min("))


def is_nothing(name: str, new: Value) -> bool:
    """Whether a setting that was not there before comes in as nothing at all, or as a limit."""
    value = number(new)
    if _LIMIT.fullmatch(name):
        return value is not None and value > 0  # where there was no limit
    return bool(_LEAST.fullmatch(name) or _POSITIVE.fullmatch(name)) and value is not None and value <= 0


def _is_off(value: Value) -> bool:
    return (
        (value.lower() if isinstance(value, str) else value) in _OFF
        if isinstance(value, str | bool | int | float)
        else value is None
    )
