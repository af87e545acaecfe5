"""Every sentence that a person sees, in English and in Chinese.

The catalogue is one YAML file per area and language, `<lang>/<area>.yaml`. A key is `area.name`; both languages have
the same keys and the same fields, which a test enforces.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from framework.resources import parse_yaml

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)

_FOLDER = Path(__file__).parent


@cache
def catalogue(lang: Lang, area: str) -> dict[str, str]:
    """One area's sentences, loaded when the first of them is needed."""
    text = (_FOLDER / lang / f"{area}.yaml").read_text(encoding="utf-8")
    return cast(dict[str, str], parse_yaml(text))


def say(lang: Lang, key: str, **fields: object) -> str:
    """The sentence `area.name` with its fields filled in.

    A field's value is put in as it is: braces inside it are never looked at again.
    """
    area, _, name = key.partition(".")
    return catalogue(lang, area)[name].format(**fields)


def known(lang: Lang, key: str) -> bool:
    """Whether the catalogue has that sentence, for labels that not every value has."""
    area, _, name = key.partition(".")
    return name in catalogue(lang, area)
