"""The tokenizer of a run: the one it names, the one of the model it starts from, or one trained on its own data."""

from itertools import islice
from pathlib import Path

from filelock import FileLock

from scratch_llm.config import TrainConfig
from scratch_llm.data.faults import Faults
from scratch_llm.data.prepare import source_identity
from scratch_llm.data.records import text_of
from scratch_llm.data.sources import load_records
from scratch_llm.tokenizers import Tokenizer, load_tokenizer, train_tokenizer
from scratch_llm.utils.files import fingerprint


def tokenizer_for(config: TrainConfig) -> Tokenizer:
    """Load or train the tokenizer of a run.

    A trained one is kept under `<data.folder>/tokenizers/<fingerprint>` and found there by every later run with the
    same data and the same tokenizer section.
    """
    if config.tokenizer.path is not None:
        return load_tokenizer(config.tokenizer.path)
    if config.start_from is not None:
        # Here and not above: it brings PyTorch in, which processes that tokenize do without.
        from scratch_llm.checkpoint import resolve

        return load_tokenizer(resolve(config.start_from) / "tokenizer")
    folder = tokenizer_folder(config)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        if not folder.is_dir():
            _train(config).save(folder)
    return load_tokenizer(folder)


def tokenizer_folder(config: TrainConfig) -> Path:
    """Name the place of a run's own tokenizer after everything that it depends on."""
    wanted = config.tokenizer.model_dump(mode="json", exclude={"path"})
    return config.data.folder / "tokenizers" / fingerprint([config.task, source_identity(config), wanted])


def _train(config: TrainConfig) -> Tokenizer:
    # What cannot be read is told when the data is prepared, not here too.
    records = islice(load_records(config.data, config.task, Faults()), config.tokenizer.train_documents)
    return train_tokenizer(config.tokenizer.kind, (text_of(record) for record in records), config.tokenizer.vocab_size)
