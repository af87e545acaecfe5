"""What the llm engine is told: which endpoint, which model for which agent, how patient it is, what it may spend.

Defaults < foundry.toml of the folder one starts in < foundry.toml of the project < environment < `--set llm.NAME=`.
The key comes from the environment alone, and goes only to an endpoint that the user's own environment (or own
foundry.toml) names: a project that was copied from elsewhere cannot have it sent to another place.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import Field, SecretStr, ValidationError, field_validator

from framework.artifacts.base import Strict
from framework.artifacts.files import STATE, read_text
from framework.errors import InvalidDocument, LlmUnusable, UsageError

FILE = "foundry.toml"
OPENAI_HOST = "api.openai.com"
OPENAI = f"https://{OPENAI_HOST}/v1"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
AgentName = Literal["planner", "coder", "reviewer", "tester", "ops", "dataset"]
ModelName = Annotated[str, Field(max_length=200, pattern=r"^[^\s\x00-\x1f\x7f-\x9f]*$")]  # it is printed and kept
_FROM_ENVIRONMENT = {"OPENAI_BASE_URL": "base_url", "FOUNDRY_MODEL": "model"}
_SHORTEST_KEY = 12  # characters; a shorter one is a placeholder, and its letters stand in ordinary words
_NAME = re.compile(r"[a-z_]+(\.[\w:/-]+)*")


class Price(Strict):
    """USD for a million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class LlmSettings(Strict):
    """Everything that the llm engine is told."""

    base_url: str = Field(default=OPENAI, description="the endpoint, up to and with its /v1")
    model: ModelName = Field(default="", description="the model of every agent that has none of its own")
    models: dict[AgentName, ModelName] = Field(default_factory=dict, description="models of single agents")
    key_variable: str = Field(default="OPENAI_API_KEY", pattern=r"^[A-Z][A-Z0-9_]*$", description="where the key is")
    api_key: SecretStr | None = Field(default=None, exclude=True, repr=False)
    key_withheld: bool = Field(default=False, exclude=True, description="there is a key, and it is not for this place")
    deadline_s: float = Field(default=120, ge=0.05, le=3600, description="for one question with its retries")
    retries: int = Field(default=3, ge=0, le=10)
    longest_wait_s: float = Field(default=30, ge=0, le=600, description="the longest Retry-After that is honoured")
    max_reply_tokens: int = Field(default=8192, ge=16, le=200_000)
    max_reply_bytes: int = Field(default=8_000_000, ge=1_000, le=100_000_000)
    temperature: float | None = Field(default=None, ge=0, le=2, description="sent only where it is given")
    stream: bool = True
    writes_code: bool = Field(default=False, description="whether a model may write and repair code of the project")
    budget_usd: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    budget_tokens: int | None = Field(default=None, gt=0)
    budget_minutes: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    prices: dict[str, Price] = Field(default_factory=dict, description="prices that no table of ours knows, by model")

    @field_validator("base_url")
    @classmethod
    def _is_plain_address(cls, value: str) -> str:
        parts = _split(value)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address such as http://127.0.0.1:8000/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("must hold no user, password or query: the key stands in the environment")
        return value.rstrip("/")

    @property
    def host(self) -> str:
        """The host of the endpoint."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def is_local(self) -> bool:
        """Whether the endpoint is on this machine, where no proxy and mostly no key is wanted."""
        return self.host in LOOPBACK

    def model_for(self, role: str) -> str:
        """The model that answers this agent."""
        chosen = {str(name): model for name, model in self.models.items()}.get(role) or self.model
        if not chosen:
            raise LlmUnusable(
                "the llm engine has no model: none is named for it.",
                hint="Name one that your endpoint has: FOUNDRY_MODEL=..., or `--set llm.model=...`.",
            )
        return chosen

    def without_key(self, text: str) -> str:
        """The text with the key blotted out, in case that an endpoint has echoed it."""
        secret = self.api_key.get_secret_value() if self.api_key else ""
        return text.replace(secret, "***") if len(secret) >= _SHORTEST_KEY else text


def load_settings(
    root: Path | None,
    environ: Mapping[str, str],
    overrides: Mapping[str, str] | None = None,
    here: Path | None = None,
) -> LlmSettings:
    """The settings for a project (or none as yet), merged from everywhere; `here` is the folder one starts in."""
    here = (here or Path.cwd()).resolve()
    # A folder below a project is part of it: it may come from anybody.
    foreign = any((folder / STATE).is_dir() for folder in (here, *here.parents))
    own = {} if foreign or (root is not None and here.is_relative_to(root.resolve())) else _file(here)
    environment = {name: environ[var] for var, name in _FROM_ENVIRONMENT.items() if environ.get(var)}
    trusted = _settings([(FILE, own), ("the environment", environment)])
    sources = [
        (FILE, own),
        (f"the project's {FILE}", _file(root) if root else {}),
        ("the environment", environment),
        ("--set", _nested(overrides or {})),
    ]
    return _with_key(_settings(sources), trusted, environ)


def _with_key(settings: LlmSettings, trusted: LlmSettings, environ: Mapping[str, str]) -> LlmSettings:
    """The key, where the place that it would go to is one that the user has named beside it."""
    key = environ.get(trusted.key_variable, "").strip()
    if not key:
        return settings
    if not (key.isascii() and key.isprintable()):
        raise LlmUnusable(
            f"the key in {trusted.key_variable} holds a line break or a sign that no key has.",
            hint="Set it anew, as one line.",
        )
    same = _origin(settings) == _origin(trusted) and settings.key_variable == trusted.key_variable
    update: dict[str, object] = {"api_key": SecretStr(key)} if same else {"key_withheld": True}
    return settings.model_copy(update=update)


def _origin(settings: LlmSettings) -> tuple[str, str, int | None]:
    parts = urlsplit(settings.base_url)
    return parts.scheme, parts.hostname or "", parts.port


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port  # a port that is none shows itself only when it is read
    except ValueError:
        return None
    return parts


def _file(folder: Path) -> dict[str, Any]:
    """The section [llm] of the folder's foundry.toml, where there is one."""
    path = folder / FILE
    if not path.is_file():
        return {}
    try:
        section = tomllib.loads(read_text(path)).get("llm", {})
    except tomllib.TOMLDecodeError as error:
        raise InvalidDocument(f"{path}: {error}.", hint=f"Mend {path} and run the command again.") from error
    if not isinstance(section, dict):
        raise InvalidDocument(f"{path}: [llm] must be a table.", hint=f"Mend {path} and run the command again.")
    return section


def _nested(overrides: Mapping[str, str]) -> dict[str, Any]:
    """Dotted names as nested ones: `models.planner` is the planner's entry of `models`."""
    nested = OmegaConf.create({})
    for name, value in overrides.items():
        _refuse_reference("--set", {name: value})
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"--set: llm.{name} is no name of a setting.", hint=f"Known: {', '.join(sorted(_named()))}."
            )
        try:
            OmegaConf.update(nested, name, value)
        except OmegaConfBaseException as error:
            raise UsageError(f"--set llm.{name}: {str(error).splitlines()[0]}") from error
    return _plain(nested)


def _plain(config: Any) -> dict[str, Any]:
    plain = OmegaConf.to_container(config, resolve=False)
    return {str(name): value for name, value in plain.items()} if isinstance(plain, dict) else {}


def _refuse_reference(source: str, values: Mapping[str, Any]) -> None:
    """A value is data. `${oc.env:...}` would put what the environment holds, a key perhaps, into requests and logs."""
    for name, value in values.items():
        if name == "api_key" or name.endswith(".api_key"):
            raise UsageError(
                f"{source}: llm.{name} is refused: a key stands in no file and on no command line.",
                hint="Put it into the environment variable OPENAI_API_KEY, or into the one named by llm.key_variable.",
            )
        if "${" in str(value):
            raise UsageError(f"{source}: llm.{name} must be a plain value, without ${{...}}.")


def _settings(sources: list[tuple[str, dict[str, Any]]]) -> LlmSettings:
    merged = OmegaConf.create({})
    for source, values in sources:
        _refuse_reference(source, values)
        merged.merge_with(OmegaConf.create(values))
    try:
        return LlmSettings.model_validate(_plain(merged))
    except ValidationError as error:
        detail = error.errors()[0]
        name = ".".join(str(part) for part in detail["loc"])
        source = next((label for label, values in reversed(sources) if str(detail["loc"][0]) in values), FILE)
        known = "" if detail["type"] != "extra_forbidden" else f" Known: {', '.join(sorted(_named()))}."
        # What was found there is not shown: it could be a key in the wrong place.
        raise UsageError(
            f"{source}: llm.{name}: {detail['msg'].removeprefix('Value error, ')}.", hint=f"Mend llm.{name}.{known}"
        ) from None


def _named() -> set[str]:
    return {name for name, field in LlmSettings.model_fields.items() if not field.exclude}
