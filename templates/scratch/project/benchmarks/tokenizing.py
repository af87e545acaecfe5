"""Encoding documents with our BPE against a bare `encode_batch` of the library underneath."""

import tempfile
from pathlib import Path

from scratch_llm.config import DataConfig
from scratch_llm.data.sources import TextRecord, load_records
from scratch_llm.tokenizers import train_tokenizer

from benchmarks.measure import Contender, Result, compare

DOCUMENTS = 4000


def run(rounds: int) -> Result:
    """Megabytes of text per CPU-second."""
    import tokenizers

    records = load_records(DataConfig(n_documents=DOCUMENTS), "pretrain")
    texts = [record.text for record in records if isinstance(record, TextRecord)]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    ours = train_tokenizer("bpe", texts, 4096)
    with tempfile.TemporaryDirectory() as folder:
        ours.save(Path(folder))
        bare = tokenizers.Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    contenders = [
        Contender("ours", lambda: ours.encode_batch(texts), megabytes),
        Contender("bare encode_batch", lambda: bare.encode_batch(texts, add_special_tokens=False), megabytes),
    ]
    return compare("tokenizing", contenders, unit="MB per CPU-second", rounds=rounds, goal="at least 0.95 of bare")
