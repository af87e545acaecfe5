"""From a YAML file and overrides to a checked config; every problem is told at once."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from omegaconf.grammar.gen.OmegaConfGrammarParser import OmegaConfGrammarParser
from omegaconf.grammar_parser import parse
from pydantic import ValidationError

from scratch_llm.config.base import Section
from scratch_llm.config.explain import explain
from scratch_llm.config.run import TrainConfig
from scratch_llm.utils.errors import ConfigError

AnySection = TypeVar("AnySection", bound=Section)


def load_config(path: Path, overrides: Sequence[str] = ()) -> TrainConfig:
    """Read the config of a training run; see `load_section`."""
    return load_section(TrainConfig, path, overrides)


def load_section(schema: type[AnySection], path: Path, overrides: Sequence[str] = ()) -> AnySection:
    """Read a config file.

    Args:
        schema: What the file must hold, `TrainConfig` or `ServeConfig`.
        path: A YAML file with the keys of `schema`; what it leaves out keeps its default.
        overrides: Dotted assignments such as `optimizer.params.lr=5e-5`; a later one wins.

    Returns:
        The checked config, interpolations resolved.

    Raises:
        ConfigError: The file cannot be read, or keys or values are wrong; all of them are listed.
    """
    tree = _read(path)
    assignments = [_assignment(text) for text in overrides]
    values = _resolve(path, OmegaConf.merge(tree, *assignments))
    overridden = {key for assignment in assignments for key in _leaves(OmegaConf.to_container(assignment))}
    try:
        # JSON mode is strict about types and yet knows paths and tuples, which YAML does not have.
        return schema.model_validate_json(json.dumps(values, default=str), strict=True)
    except ValidationError as error:
        raise explain(error, schema, str(path), overridden) from None


def dump_config(config: TrainConfig) -> str:
    """Write a config as YAML that `load_config` reads back to an equal config."""
    tree = _escaped(config.model_dump(mode="json"))
    # PyYAML writes these line breaks unprotected and would read them back as spaces.
    readable = not re.search("[\x85\u2028\u2029]", json.dumps(tree, ensure_ascii=False))
    text: str = yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=readable)
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes every text that begins like a number: OmegaConf reads 1e5 as one where PyYAML does not."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="'" if re.match(r"[-+.\d]", text) else None
    ),
)


def experiment_name(path: Path) -> str:
    """Name an experiment after its config file, so that a copied config gets its own folder of outputs."""
    return path.stem


def _read(path: Path) -> DictConfig:
    if path.suffix not in {".yaml", ".yml"}:
        raise ConfigError(f"config '{path}' is not a YAML file", "give a file that ends in .yaml, see configs/")
    if not path.is_file():
        raise ConfigError(f"config '{path}' does not exist", _known_configs(path))
    try:
        tree = OmegaConf.create(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, OmegaConfBaseException, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid YAML: {error}", "correct the line it names") from error
    if not isinstance(tree, DictConfig):
        raise ConfigError(f"{path} must hold keys and values at its top, not a list", "see configs/ for examples")
    return tree


def _known_configs(path: Path) -> str:
    """The files that a wrong path may stand for, else all that are beside it or below configs/."""
    shipped = next((folder for folder in path.parents if folder.name == "configs"), Path("configs"))
    known = sorted({*path.parent.glob("*.yaml"), *shipped.rglob("*.yaml")})
    near = difflib.get_close_matches(path.stem, {other.stem for other in known})
    if meant := [str(other) for other in known if other.stem in near]:
        return f"did you mean {' or '.join(meant)}?"
    return f"there are: {', '.join(map(str, known))}" if known else "give the path of one that exists"


def _assignment(text: str) -> DictConfig:
    key, equals, value = text.partition("=")
    if not equals or not all(part.isidentifier() for part in key.split(".")):
        raise ConfigError(f"override '{text}' is not an assignment", "write it like optimizer.params.lr=5e-5")
    try:
        return OmegaConf.from_dotlist([text])
    except (yaml.YAMLError, OmegaConfBaseException) as error:
        raise ConfigError(f"override {key}: the value '{value}' is not valid YAML", "quote it") from error


def _resolve(path: Path, tree: Any) -> dict[str, Any]:
    try:
        for key, value in _items(OmegaConf.to_container(tree)):
            if isinstance(value, str) and "${" in value and _has_call(parse(value)):
                raise ConfigError(f"{path}: {key} = '{value}' calls a resolver", "refer to keys only: ${section.key}")
        values = OmegaConf.to_container(tree, resolve=True)
    except OmegaConfBaseException as error:
        raise ConfigError(
            f"{path}: {str(error).splitlines()[0]}", "an interpolation names a key that is set"
        ) from error
    return values  # type: ignore[return-value]  # a DictConfig becomes a dict


def _has_call(node: Any) -> bool:
    """`${training.batch_size}` is an interpolation; `${oc.env:HOME}` would be a call, and values are never called.

    Asked of the parsed text: brackets nest and backslashes escape, so that no pattern would find all calls.
    """
    if isinstance(node, OmegaConfGrammarParser.InterpolationResolverContext):
        return True
    return any(map(_has_call, getattr(node, "children", None) or ()))


def _escaped(value: Any) -> Any:
    """The same value with every `${` in a text protected from interpolation."""
    if isinstance(value, dict):
        return {key: _escaped(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_escaped(inner) for inner in value]
    return re.sub(r"(\\*)\$\{", r"\1\1\\${", value) if isinstance(value, str) else value


def _leaves(tree: Any) -> Iterator[str]:
    return (key for key, _ in _items(tree))


def _items(tree: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All values below `tree` with their dotted keys."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _items(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(tree, list):
        for value in tree:
            yield from _items(value, prefix)
    else:
        yield prefix, tree
