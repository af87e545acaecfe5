"""Make a mini dataset: read, choose, part, describe, and put the whole folder in place at once.

<out>/train.jsonl, validation.jsonl, test.jsonl     one record per line, as training reads it
<out>/facts.json                                    what it was made of, by which rules, and what it holds
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from scratch_llm.config import TrainConfig, load_config
from scratch_llm.data.encoding import encode_records
from scratch_llm.data.folders import FACTS
from scratch_llm.data.mini.choose import Parts, choose, part, without_near_duplicates
from scratch_llm.data.mini.facts import describe
from scratch_llm.data.mini.origin import Origin, OwnFiles, Registered, Streamed
from scratch_llm.data.mini.place import check_place, keep_edited
from scratch_llm.data.mini.pool import BY_LENGTH, Candidate, Pool
from scratch_llm.data.mini.rules import Rules
from scratch_llm.data.records import KIND_OF_TASK, ChatRecord, Record, TextRecord
from scratch_llm.data.tokenizer_for import tokenizer_for
from scratch_llm.tokenizers import Tokenizer, train_tokenizer
from scratch_llm.utils.errors import DataError, MissingError
from scratch_llm.utils.files import sha256, whole_folder, write_json

OUT: Final = Path("data/mini")
_FORMAT: Final = 1
_FEW: Final = 50  # rows below which what is measured says little

Notice = dict[str, Any]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """What is wanted. Without files of one's own and without a dataset of the Hub it is what the config names."""

    config: Path
    overrides: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    hub: tuple[str, str, str] | None = None  # id, subset (or nothing), split
    columns: str = ""
    licence: str = ""
    rules: Rules = field(default_factory=Rules)
    out: Path = OUT


def make_mini(order: Order) -> dict[str, Any]:
    """Make it and give its facts.

    Raises:
        ConfigError: The result cannot be put where it should lie without a loss.
        DataError: There is too little, or nothing that can be read.
    """
    check_place(order.out, order.files)
    config = load_config(order.config, order.overrides)
    notices: list[Notice] = []
    origin, pool = _filled(order, config, notices)
    candidates, n_near = without_near_duplicates(pool.candidates)
    count = _counter(config, candidates)
    chosen = choose(candidates, pool.sizes, count, order.rules)
    read = {
        "rows": pool.n_read,
        "broken": origin.faulty.count,
        "exact_duplicates": pool.n_exact,
        "near_duplicates": n_near,
    }
    parts = _parted(chosen, order.rules, read, origin.faulty.listed)
    about = origin.facts() | {
        "rules": asdict(order.rules),
        "read": read,
        "broken": origin.faulty.listed,
        "notices": [*notices, *_notices(pool, parts, order.rules)],
    }
    return _written(order, config, parts, about)


def _parted(chosen: Sequence[Candidate], rules: Rules, read: dict[str, int], broken: Sequence[dict[str, str]]) -> Parts:
    """Deal the rows out; where there are too few, say what has become of the others."""
    try:
        return part(chosen, rules)
    except DataError as error:
        told = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in read.items() if count)
        first = f"; {broken[0]['place']}: {broken[0]['why']}" if broken else ""
        raise DataError(f"{error.message} (read: {told}{first})", error.hint) from error


def _filled(order: Order, config: TrainConfig, notices: list[Notice]) -> tuple[Origin, Pool]:
    """Read the source; where the Hub cannot be reached, the config's own one takes its place, and that is said."""
    kind = KIND_OF_TASK[config.task]
    if order.files:
        own = OwnFiles(order.files, kind, order.columns)
        return own, _pool(own, order.rules)
    if order.hub and not config.data.offline:
        streamed = Streamed(*order.hub, kind, order.columns, n_row=5 * order.rules.most_rows)
        try:
            return streamed, _pool(streamed, order.rules)
        except MissingError as error:
            notices.append(_notice("hub", source=order.hub[0], why=error.message))
    registered = Registered(config)
    return registered, _pool(registered, order.rules)


def _pool(origin: Origin, rules: Rules) -> Pool:
    pool = Pool(rules)
    pool.fill(origin.rows())
    return pool


def _counter(config: TrainConfig, candidates: Sequence[Candidate]) -> Callable[[Candidate], int]:
    """Count tokens as the run will. A tokenizer that is not there yet is trained on what there is, to estimate."""
    if config.tokenizer.path is not None or config.start_from is not None:
        tokenizer = tokenizer_for(config)
    else:
        texts = (candidate.text for candidate in candidates)
        tokenizer = train_tokenizer(config.tokenizer.kind, texts, config.tokenizer.vocab_size)
    return lambda candidate: _lengths(tokenizer, [candidate.found.record])[0]


def _lengths(tokenizer: Tokenizer, records: Sequence[Record]) -> list[int]:
    documents = encode_records(tokenizer, records)
    each = len(documents) // len(records)
    sizes = [len(document.ids) for document in documents]
    return [sum(sizes[each * i : each * (i + 1)]) for i in range(len(records))]


def _written(order: Order, config: TrainConfig, parts: Parts, about: dict[str, Any]) -> dict[str, Any]:
    """Write the folder as a whole. The tokenizer is the one that training will find, because the files are the same."""
    placed = _placed(order.out, sum(map(len, parts.values())))
    overrides = [*order.overrides, *(f"data.{key}={value}" for key, value in placed.items())]
    load_config(order.config, overrides)  # refuses here what would be refused in training
    order.out.parent.mkdir(parents=True, exist_ok=True)
    with whole_folder(order.out, FACTS, check_place(order.out, order.files)) as draft:
        for name, rows in parts.items():
            _write(draft / f"{name}.jsonl", rows)
        data = config.data.model_copy(update=placed | {"path": draft, "streaming": False})
        tokenizer = tokenizer_for(config.model_copy(update={"data": data}))
        lengths = {name: _lengths(tokenizer, [row.found.record for row in rows]) for name, rows in parts.items()}
        facts = {
            "format": _FORMAT,
            "config": order.config.as_posix(),
            "overrides": overrides,
            "task": config.task,
            "licence": order.licence or "not stated",
            **about,
            "tokenizer": {"kind": config.tokenizer.kind, "vocab_size": tokenizer.vocab_size},
            "splits": {name: _split_facts(draft / f"{name}.jsonl", parts[name], lengths[name]) for name in parts},
            **describe(parts, [length for split in lengths.values() for length in split]),
        }
        write_json(draft / FACTS, facts)
        if kept := keep_edited(order.out):
            _log.warning("%s had been edited since it was drawn: what stood there is kept in %s", order.out, kept)
    return facts


def _placed(folder: Path, n_row: int) -> dict[str, Any]:
    """What makes a run of the same config train on the mini dataset, key by key of its section `data`."""
    return {
        "dataset_name": "local",
        "path": folder.as_posix(),
        "text_column": "text",
        "n_documents": n_row,
        "streaming": "false",
    }


def _split_facts(path: Path, rows: Sequence[Candidate], lengths: Sequence[int]) -> dict[str, Any]:
    return {
        "file": path.name,
        "rows": len(rows),
        "tokens": sum(lengths),
        "characters": sum(len(row.text) for row in rows),
        "bytes": path.stat().st_size,
        "sha256": sha256(path),
    }


def _write(path: Path, rows: Sequence[Candidate]) -> None:
    lines = (json.dumps(_row(row), ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def _row(candidate: Candidate) -> dict[str, Any]:
    record, label = candidate.found.record, candidate.found.label
    labelled = {"label": label} if label else {}
    if isinstance(record, TextRecord):
        return {"text": record.text, **labelled}
    if isinstance(record, ChatRecord):
        return {"messages": [asdict(message) for message in record.messages], **labelled}
    prompt = [asdict(message) for message in record.prompt]
    return {"prompt": prompt, "chosen": record.chosen, "rejected": record.rejected, **labelled}


def _notices(pool: Pool, parts: Parts, rules: Rules) -> list[Notice]:
    """What a person should know before trusting what is measured on it."""
    rows = [row for held in parts.values() for row in held]
    classes = {stratum for stratum in pool.sizes if not stratum.startswith(BY_LENGTH)}
    rare = [
        stratum for stratum in sorted(classes) if sum(row.stratum == stratum for row in rows) < rules.least_per_class
    ]
    told = [
        (pool.is_cut_off, _notice("beginning", rows=pool.n_read)),
        (pool.n_cut > 0, _notice("pieces", count=pool.n_cut)),
        (pool.n_long > 0, _notice("long", count=pool.n_long)),
        (len(rows) < _FEW, _notice("few", rows=len(rows))),
        (len(classes) == 1 and len(classes) == len(pool.sizes), _notice("one_class")),
        (bool(rare), _notice("rare", count=len(rare), least=rules.least_per_class)),
    ]
    return [notice for holds, notice in told if holds]


def _notice(about: str, **fields: Any) -> Notice:
    return {"about": about, "fields": fields}
