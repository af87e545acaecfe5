"""What a run begins with: fresh weights, a checkpoint's weights, or its own last checkpoint."""

from dataclasses import dataclass
from pathlib import Path

from scratch_llm.checkpoint import read_model_config, resolve
from scratch_llm.checkpoint.pretrained import load_weights
from scratch_llm.checkpoint.store import last_intact, verify
from scratch_llm.config import ModelConfig, TrainConfig
from scratch_llm.data.tokenizer_for import tokenizer_for
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import Tokenizer, load_tokenizer
from scratch_llm.utils.distributed import World, first_goes_first
from scratch_llm.utils.errors import ConfigError

# These do not change the shape of a weight, so a run may set them anew.
_FREE = {"dropout", "context_length", "init_std", "moe.balance_weight", "moe.z_weight"}
# A resumed run is the same run: these may not change, everything else (steps, learning rate, logging) may.
_FIXED = ("task", "seed", "data.", "optimizer.name")
_MOVABLE = ("data.folder", "data.offline", "data.path", "data.prepare_workers", "data.loader_workers")


@dataclass(frozen=True)
class Start:
    """Where training begins, with the config completed from it."""

    config: TrainConfig
    decoder: Decoder
    tokenizer: Tokenizer


def begin(config: TrainConfig, world: World, step_folder: Path | None) -> Start:
    """Build the model and the tokenizer, and complete the config with what they decide.

    Args:
        config: As the user wrote it.
        world: This process among all.
        step_folder: The checkpoint that the run goes on from; its weights are loaded later, over those of
            `start_from`, which only dpo needs then, for its reference.
    """
    if config.task == "dpo" and config.start_from is None:
        raise ConfigError("task dpo needs start_from: it improves a model that answers", "run an sft config first")
    needed = step_folder is None or config.task == "dpo"
    source = resolve(config.start_from).resolve() if needed and config.start_from else None
    origin = step_folder or source
    if origin is None:
        with first_goes_first(world):
            tokenizer = tokenizer_for(config)
        model = with_vocabulary(config.model, tokenizer)
    else:
        tokenizer = load_tokenizer(origin / "tokenizer")
        model = inherited(config.model, read_model_config(origin), origin)
    decoder = Decoder(model)
    if source is not None:
        load_weights(decoder, source)
    return Start(
        config.model_copy(update={"model": model, "start_from": source or config.start_from}), decoder, tokenizer
    )


def with_vocabulary(model: ModelConfig, tokenizer: Tokenizer) -> ModelConfig:
    """Fill in the vocabulary's size: the tokenizer's, padded to 64 because hardware multiplies that faster."""
    if model.vocab_size and model.vocab_size < tokenizer.vocab_size:
        raise ConfigError(
            f"model.vocab_size = {model.vocab_size} is less than the tokenizer's {tokenizer.vocab_size}",
            "leave it out, or set it to 0",
        )
    size = model.vocab_size or -(-tokenizer.vocab_size // 64) * 64
    return model.model_copy(update={"vocab_size": size})


def inherited(wish: ModelConfig, found: ModelConfig, origin: Path) -> ModelConfig:
    """The checkpoint's shape, with those wishes that weights do not depend on.

    Raises:
        ConfigError: The config explicitly asks for another shape than the checkpoint has.
    """
    asked = _explicit(wish)
    known = _flat(found.model_dump())
    wrong = {key: value for key, value in asked.items() if key not in _FREE and value != known[key]}
    wrong = {key: value for key, value in wrong.items() if not (key == "vocab_size" and value == 0)}
    if wrong:
        told = ", ".join(f"model.{key} = {value} (there: {known[key]})" for key, value in sorted(wrong.items()))
        raise ConfigError(f"the config differs from the checkpoint {origin}: {told}", "leave out these keys")
    free = {key: value for key, value in asked.items() if key in _FREE}
    moe = {key.removeprefix("moe."): value for key, value in free.items() if key.startswith("moe.")}
    plain = {key: value for key, value in free.items() if "." not in key}
    return found.model_copy(update={**plain, "moe": found.moe.model_copy(update=moe)})


def find_resume(path: Path) -> tuple[Path, Path | None]:
    """Find the checkpoint to go on from, and the run folder to go on in.

    A run goes on in its own folder from its last whole checkpoint. From an earlier step of it, training goes another
    way: that is a new run (None), so that nothing is overwritten.
    """
    if (path / "model.safetensors").is_file():
        verify(path)
        is_last = path.resolve() == last_intact(path.resolve().parent)
        return path, path.resolve().parent.parent if is_last else None
    folder = resolve(path, "last").parent
    return last_intact(folder), folder.parent


def check_same_run(config: TrainConfig, old: TrainConfig) -> None:
    """Refuse to resume a run as a different one."""
    new_values, old_values = _flat(config.model_dump(mode="json")), _flat(old.model_dump(mode="json"))
    changed = [
        f"{key} = {new_values[key]} (was: {old_values[key]})"
        for key in sorted(new_values)
        if key.startswith(_FIXED) and key not in _MOVABLE and new_values[key] != old_values.get(key)
    ]
    if changed:
        raise ConfigError(
            f"a resumed run cannot change {', '.join(changed)}", "use start_from to begin a new run from its weights"
        )


def _explicit(model: ModelConfig) -> dict[str, object]:
    """Keys that were written in a config, with their values."""
    return _flat(model.model_dump(exclude_unset=True))


def _flat(tree: dict[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
