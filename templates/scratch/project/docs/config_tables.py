"""Write the tables of docs/*/configuration.md from the schema: every key, its type, its default, what it does.

    python docs/config_tables.py            write them
    python docs/config_tables.py --check    only say whether they are those of the schema

The Chinese tables take their sentences from docs/config_zh.yaml, which has one for each English one.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from scratch_llm.config import TrainConfig
from scratch_llm.config.serve import ServeConfig

DOCS = Path(__file__).parent
HEADER = {"en": "| key | type | default | meaning |", "zh": "| 键 | 类型 | 默认值 | 含义 |"}
SCHEMAS: dict[str, type[BaseModel]] = {"train": TrainConfig, "serve": ServeConfig}


class Section(NamedTuple):
    """The keys of one section, which become one table."""

    name: str
    sentence: str
    condition: str
    schema: type[BaseModel]

    @property
    def keys(self) -> dict[str, FieldInfo]:
        """The keys that are not sections themselves."""
        return {key: field for key, field in self.schema.model_fields.items() if not _is_section(field)}


def sections(schema: type[BaseModel], name: str = "", condition: str = "") -> Iterator[Section]:
    """A schema and the sections in it, the outer ones first."""
    yield Section(name, (schema.__doc__ or "").splitlines()[0], condition, schema)
    for key, field in schema.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from sections(field.annotation, f"{name}.{key}".strip("."), field.description or "")


def sentences() -> list[str]:
    """Every sentence that the tables hold, and that another language has to say."""
    found = []
    for schema in SCHEMAS.values():
        for section in sections(schema):
            found += [section.sentence, section.condition]
            found += [field.description or "" for field in section.keys.values()]
    return [sentence for sentence in found if sentence]


def page(language: str) -> Path:
    """The page that holds the tables of a language."""
    return DOCS / language / "configuration.md"


def filled(language: str) -> str:
    """The text of that page with the tables that the schema gives."""
    said = {} if language == "en" else yaml.safe_load((DOCS / f"config_{language}.yaml").read_text(encoding="utf-8"))
    text = page(language).read_text(encoding="utf-8")
    for name, schema in SCHEMAS.items():
        begin, end = f"<!-- {name} keys: begin -->\n", f"<!-- {name} keys: end -->"
        before, _, rest = text.partition(begin)
        tables = "\n".join(_table(section, language, said) for section in sections(schema))
        text = f"{before}{begin}\n{tables}\n{end}{rest.partition(end)[2]}"
    return text


def _table(section: Section, language: str, said: dict[str, str]) -> str:
    title = f"### `{section.name}`\n\n" if section.name else ""
    condition = f" *{said.get(section.condition, section.condition)}*" if section.condition else ""
    rows = [
        f"| `{key}` | {_type(field)} | {_default(field)} | {_cell(said.get(text, text))} |"
        for key, field in section.keys.items()
        for text in [field.description or ""]
    ]
    table = "\n".join([HEADER[language], "|---|---|---|---|", *rows]) + "\n" if rows else ""
    return f"{title}{said.get(section.sentence, section.sentence)}{condition}\n\n{table}"


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _type(field: FieldInfo) -> str:
    limits = [
        f"{sign} {getattr(rule, name)}"
        for rule in field.metadata
        for name, sign in {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}.items()
        if getattr(rule, name, None) is not None
    ]
    return " ".join([_cell(_spelled(field.annotation)), ", ".join(limits)]).strip()


def _spelled(annotation: Any) -> str:
    """A type as a user writes its values in YAML."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " | ".join(f"`{value}`" for value in inner)
    if origin in (Union, UnionType):
        return " | ".join(_spelled(one) for one in inner)
    if origin in (tuple, list):
        return "list of " + _spelled(inner[0])
    return {Path: "path", str: "text", type(None): "`null`"}.get(annotation) or str(annotation.__name__)


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "-"
    plain = {True: "true", False: "false", None: "null"}.get(value) if isinstance(value, bool | None) else None
    return f"`{plain or (list(value) if isinstance(value, tuple) else value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write or check the pages of all languages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a table is not current")
    check = parser.parse_args().check
    old = [language for language in HEADER if page(language).read_text(encoding="utf-8") != filled(language)]
    if check:
        print(f"not current: {', '.join(old)}; run `make docs`" if old else "the tables are current")
        return bool(old)
    for language in old:
        page(language).write_text(filled(language), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
