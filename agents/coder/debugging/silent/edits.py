"""Typical causes of silent bugs that are one small edit: what the line looks like, and what it should be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agents.coder.debugging.code_edits.calls import AddKeyword, SetKeyword
from agents.coder.debugging.code_edits.edits import CodeEdit, applied
from agents.coder.debugging.code_edits.rewrite import ChangeValue, Replace
from agents.coder.debugging.code_edits.statements import RemoveStatement
from agents.coder.debugging.silent.draft import Draft


@dataclass(frozen=True)
class Cause:
    """`probes` and `paths` say when and where it is looked for, `hint` what the line must look like."""

    cause: str
    probes: str
    paths: str
    hint: str
    edit: CodeEdit


def _replaced(cause: str, probes: str, paths: str, hint: str, *pairs: tuple[str, str]) -> list[Cause]:
    return [Cause(cause, probes, paths, hint, Replace(find=find, put=put)) for find, put in pairs]


_CAUSAL, _SHIFT, _GRAD = r"causal|cache|future", r"shift|document|loss_mask", r"grad|overfit|update|optimizer|learn"
_MASKED, _EVAL, _INIT = (
    r"mask|label|accum|step_grad",
    r"eval|dropout|validation",
    r"initial|loss_value|overfit|update|learn|grad",
)
_MODEL, _TARGET = r"model|attention|context|gpt|net", r"^\s*(y|wanted|\w*targets?|\w*labels?)\b[^=]*="
_SDPA = ["scaled_dot_product_attention"]

CAUSES: list[Cause] = [
    Cause(
        "causal_flag",
        _CAUSAL,
        _MODEL,
        r"None.*is_causal\s*=\s*False|is_causal\s*=\s*False.*None",
        ChangeValue(name="is_causal", old="False", new="True"),
    ),
    Cause(
        "causal_flag", _CAUSAL, _MODEL, r"is_causal\s*=\s*False", ChangeValue(name="is_causal", old="False", new="True")
    ),
    Cause(
        "causal_flag",
        _CAUSAL,
        _MODEL,
        r"scaled_dot_product_attention\((?!.*mask)",
        AddKeyword(call=_SDPA, name="is_causal", value="True"),
    ),
    *_replaced(
        "triangle",
        _CAUSAL,
        _MODEL,
        r"triu|tril",
        ("torch.tril($x, $_)", "torch.tril($x)"),
        ("torch.tril($x, diagonal=$_)", "torch.tril($x)"),
        ("torch.triu($x)", "torch.tril($x)"),
        ("$x.triu()", "$x.tril()"),
        ("$x.tril($_)", "$x.tril()"),
        ("torch.triu($x, diagonal=0)", "torch.triu($x, diagonal=1)"),
        ("torch.triu($x)", "torch.triu($x, diagonal=1)"),
        ("torch.triu($x, $_)", "torch.triu($x, diagonal=1)"),
        ("torch.triu($x, diagonal=$_)", "torch.triu($x, diagonal=1)"),
        ("torch.tril($x)", "torch.triu($x, diagonal=1)"),
    ),
    *_replaced(
        "mask_border",
        _CAUSAL,
        _MODEL,
        r"<=|>=|<|>",
        ("$a <= $b + 1", "$a <= $b"),
        ("$a < $b + 1", "$a <= $b"),
        ("$a >= $b - 1", "$a >= $b"),
        ("$a < $b + 2", "$a <= $b"),
    ),
    *_replaced(
        "mask_turned",
        _CAUSAL,
        _MODEL,
        r"masked_fill|attn_mask|where",
        ("$s.masked_fill($m == 1, $v)", "$s.masked_fill($m == 0, $v)"),
        ("$s.masked_fill(~$m, $v)", "$s.masked_fill($m, $v)"),
        ("$s.masked_fill($m, $v)", "$s.masked_fill(~$m, $v)"),
        ("torch.where($m, $v, $s)", "torch.where($m, $s, $v)"),
    ),
    *_replaced(
        "triangle", _CAUSAL, _MODEL, r"ones\(", ("torch.ones($n, $n, **$r)", "torch.tril(torch.ones($n, $n, **$r))")
    ),
    *_replaced(
        "shift",
        _SHIFT,
        r"data|pack|batch|load|collat|train|loss|task",
        _TARGET,
        ("$x[:-1]", "$x[1:]"),
        ("$x[:, :-1]", "$x[:, 1:]"),
        ("$x[2:]", "$x[1:]"),
        ("$x[:, 2:]", "$x[:, 1:]"),
        ("np.append($x[2:], $_)", "$x[1:]"),
        ("$x[$i + 2:$j]", "$x[$i + 1:$j]"),
        ("$x[$i + 2:$i + 2 + $n]", "$x[$i + 1:$i + 1 + $n]"),
        ("$x[$i:$i + $n]", "$x[$i + 1:$i + 1 + $n]"),
        ("torch.roll($x, 1, **$r)", "torch.roll($x, -1, **$r)"),
        ("$x.clone()", "torch.roll($x, -1, dims=-1)"),
    ),
    *_replaced("shift", _SHIFT, r"data|pack|batch|load|collat", r"trained|mask", ("$x[:-1]", "$x[1:]")),
    *_replaced(
        "shift_twice",
        _SHIFT,
        r"model|loss|train|task",
        r"cross_entropy|logits|shift",
        ("$x[:, 1:]", "$x"),
        ("$x[..., 1:]", "$x"),
    ),
    *_replaced("detached", _GRAD, rf"{_MODEL}|loss|task", r"detach|\.data\b", ("$x.detach()", "$x"), ("$x.data", "$x")),
    *_replaced(
        "frozen",
        _GRAD,
        r"model|train|optim|engine|run",
        r"requires_grad_",
        ("$x.requires_grad_(False)", "$x.requires_grad_(True)"),
    ),
    Cause(
        "frozen",
        _GRAD,
        r"model|train|optim|engine|run",
        r"requires_grad\s*=\s*False",
        ChangeValue(name="requires_grad", old="False", new="True"),
    ),
    *_replaced(
        "shared_layers", _GRAD, _MODEL, r"\]\s*\*", ("nn.ModuleList([$b] * $n)", "nn.ModuleList($b for _ in range($n))")
    ),
    *_replaced("layer_skipped", _GRAD, _MODEL, r"for .*(blocks|layers)", ("$x[:-1]", "$x"), ("$x[1:]", "$x")),
    *_replaced(
        "left_out",
        _GRAD,
        r"optim|train|engine",
        r"param|Adam|SGD",
        ("torch.optim.AdamW($m.head.parameters(), **$r)", "torch.optim.AdamW($m.parameters(), **$r)"),
        ("torch.optim.Adam($m.head.parameters(), **$r)", "torch.optim.Adam($m.parameters(), **$r)"),
    ),
    Cause(
        "ignored",
        _MASKED,
        r"",
        r"ignore_index\s*=\s*-?\d",
        SetKeyword(name="ignore_index", value="-100", call=["cross_entropy", "CrossEntropyLoss", "nll_loss"]),
    ),
    *_replaced(
        "padding",
        _MASKED,
        r"data|pack|batch|collat|load",
        r"PAD|pad",
        ("np.full($s, PAD, **$r)", "np.full($s, IGNORE, **$r)"),
        ("torch.full($s, PAD, **$r)", "torch.full($s, IGNORE, **$r)"),
        ("$x.numel()", "($x != IGNORE).sum()"),
    ),
    Cause(
        "dropout",
        _EVAL,
        rf"{_MODEL}|feed|mlp|block",
        r"dropout\(",
        AddKeyword(call=["functional.dropout", "F.dropout"], name="training", value="self.training"),
    ),
    Cause(
        "dropout",
        _EVAL,
        rf"{_MODEL}|feed|mlp|block",
        r"dropout\(.*training\s*=",
        SetKeyword(call=["functional.dropout", "F.dropout"], name="training", value="self.training"),
    ),
    *_replaced(
        "large_init",
        _INIT,
        r"model|init",
        r"normal_|std|trunc",
        ("nn.init.normal_($x, $_, $_)", "nn.init.normal_($x, mean=0.0, std=0.02)"),
        ("nn.init.normal_($x)", "nn.init.normal_($x, std=0.02)"),
        ("nn.init.zeros_($x.weight)", "nn.init.normal_($x.weight, std=0.02)"),
    ),
    *_replaced(
        "warmup",
        r"sched|update|lr",
        r"sched|optim|train|engine|lr",
        r"warm",
        ("step / $w", "(step + 1) / $w"),
        ("self.step / $w", "(self.step + 1) / $w"),
    ),
    Cause(
        "frozen",
        _GRAD,
        r"model|train|optim|engine|run",
        r"requires_grad_\(False\)",
        RemoveStatement(at="$x.requires_grad_(False)"),
    ),
]


def small_drafts(probe: str, texts: Mapping[str, str]) -> Iterator[Draft]:
    """Every place where such an edit applies, one at a time, in the order of the table."""
    for cause in CAUSES:
        if not re.search(cause.probes, probe):
            continue
        for file, text in texts.items():
            if re.search(cause.paths, file):
                yield from _sites(cause, file, text)


def _sites(cause: Cause, file: str, text: str) -> Iterator[Draft]:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.search(cause.hint, line):
            new = applied(text, cause.edit.model_copy(update={"line": number}))
            if new is not None:
                yield Draft(cause.cause, file, number, new)
