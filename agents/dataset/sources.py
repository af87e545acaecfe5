"""Where the mini dataset comes from: the user's own data, the dataset that was chosen, or the project's grammar."""

from __future__ import annotations

from dataclasses import dataclass

from framework.artifacts.mini_dataset import Notice, Origin
from framework.artifacts.tech import DataChoice, Tech
from framework.artifacts.venv_spec import MiniRules, VenvSpec
from framework.messages import say
from framework.runtime.codetree import CodeTree
from framework.runtime.userdata import DataFacts

_STAGES = ("pretrain", "sft", "dpo")
_UNREADABLE = ("pdf", "docx", "xlsx", "html", "markdown")


@dataclass(frozen=True)
class Source:
    """One place to take rows from, in the words of the project's script."""

    kind: Origin
    words: tuple[str, ...]
    places: tuple[str, ...] = ()


SYNTHETIC = Source("synthetic", ())


def source_for(tech: Tech, spec: VenvSpec, own: DataFacts | None, *, downloads: bool) -> Source:
    """The first of: the data that the user gave, the dataset that tech.md chose, what the project makes itself."""
    chosen = (tech.choice or tech.candidates[0]).data.mini
    if own is not None and not is_unreadable(own):
        licence = spec.mini.license if chosen.own else say(spec.language, "mini_data.own_licence")
        return Source("own", ("--from", own.path, f"--licence={licence}"), (own.path,))
    if chosen.repo is None or not downloads:
        return SYNTHETIC
    return Source("hub", (f"--hub={_hub(chosen)}", f"--licence={spec.mini.license}"))


def is_unreadable(own: DataFacts) -> bool:
    """Whether it is all of a format that the project has no reader for."""
    return own.format in _UNREADABLE and not own.mixed


def remarks(tech: Tech, own: DataFacts | None, *, downloads: bool) -> list[Notice]:
    """What is to be said where data that were given, spoken of, or chosen are not used."""
    if own is not None and is_unreadable(own):
        return [Notice(about="unreadable", fields={"source": own.name, "why": own.format})]
    chosen = (tech.choice or tech.candidates[0]).data.mini
    if own is None and chosen.own:
        return [Notice(about="own_missing")]
    if own is None and chosen.repo and not downloads:
        return [Notice(about="no_downloads", fields={"source": chosen.name})]
    return []


def config_of(tree: CodeTree) -> str:
    """The small config of the project's first kind of training: the one that starts from nothing."""
    found = (file for stage in _STAGES if (file := f"configs/{stage}/mini.yaml") in tree.files)
    return next(found, f"configs/{_STAGES[0]}/mini.yaml")


def rule_words(rules: MiniRules) -> tuple[str, ...]:
    """The rules of venv.md as the script takes them."""
    shares = ",".join(f"{name}={share:g}" for name, share in rules.shares.items())
    return (
        f"--most-rows={rules.most_rows}",
        f"--tokens={rules.tokens}",
        f"--seed={rules.seed}",
        f"--shares={shares}",
        f"--least-per-class={rules.least_per_class}",
    )


def _hub(chosen: DataChoice) -> str:
    """`owner/name:subset@split`; a split in words (`the first rows`, say) is none of the hub's."""
    subset = f":{chosen.config}" if chosen.config else ""
    split = chosen.split if chosen.split.isidentifier() else "train"
    return f"{chosen.repo}{subset}@{split}"
