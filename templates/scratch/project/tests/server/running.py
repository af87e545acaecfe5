"""A real server in a thread, and backends on which a test can hold it, step by step."""

import contextlib
import logging
import queue
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import torch
from prometheus_client.parser import text_string_to_metric_families
from torch import Tensor

from scratch_llm.config.serve import ServeConfig
from scratch_llm.inference import Backend, EagerBackend, Loaded, SamplingParams, generate
from scratch_llm.inference.server import create_app
from scratch_llm.inference.server.process import DrainingServer
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import Message, Tokenizer, encode_chat

if TYPE_CHECKING:
    import openai

MODEL = ServeConfig().model_name
WAIT_S = 30  # far more than anything here takes: a test that meets it has failed


@dataclass(frozen=True)
class Offline:
    """The same model, asked without a server."""

    model: Decoder
    tokenizer: Tokenizer

    def loaded(self, n_slot: int) -> Loaded:
        return Loaded(EagerBackend(self.model, n_slot, self.model.config.context_length), self.tokenizer)

    def continued(self, prompt: str, n_new: int, **wishes: Any) -> str:
        return self._answer(self.tokenizer.encode(prompt, bos=True), n_new, wishes)

    def chat(self, content: str, n_new: int) -> str:
        chat = encode_chat(self.tokenizer, [Message("user", content)], add_generation_prompt=True)
        return self._answer(chat.ids, n_new, {})

    def _answer(self, prompt: list[int], n_new: int, wishes: dict[str, Any]) -> str:
        params = SamplingParams(**{"max_new_tokens": n_new, "temperature": 0, **wishes})
        return generate(self.model, self.tokenizer, [prompt], params)[0].text


class LogEvents(logging.Handler):
    """Lets a test wait for what the server says."""

    def __init__(self) -> None:
        super().__init__()
        self._records: queue.Queue[logging.LogRecord] = queue.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self._records.put(record)

    def wait(self, message: str, **fields: Any) -> logging.LogRecord:
        while True:
            record = self._records.get(timeout=WAIT_S)
            found = getattr(record, "fields", {})
            if record.getMessage() == message and fields.items() <= found.items():
                return record


@dataclass(frozen=True)
class Running:
    """A server that listens."""

    url: str
    server: DrainingServer
    events: LogEvents
    http: httpx.Client

    def openai(self, api_key: str = "none") -> "openai.OpenAI":
        import openai  # it takes a second, and only few tests need it

        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=api_key, max_retries=0, timeout=WAIT_S)

    def generate(self, prompt: str, n_new: int, **fields: Any) -> httpx.Response:
        body = {"prompt": prompt, "max_new_tokens": n_new, "temperature": 0, **fields}
        return self.http.post("/generate", json=body)

    def metric(self, name: str, **labels: str) -> float:
        families = text_string_to_metric_families(self.http.get("/metrics").text)
        samples = (sample for family in families for sample in family.samples)
        found = [sample.value for sample in samples if sample.name == name and sample.labels == labels]
        assert len(found) == 1, f"{name}{labels}: {found}"
        return found[0]

    def wait_for_metric(self, name: str, value: float) -> None:
        """Ask until it is so; each question lets the server work on."""
        end = time.monotonic() + WAIT_S
        while self.metric(name) != value:
            assert time.monotonic() < end, f"{name} is {self.metric(name)}, not {value}"


@contextlib.contextmanager
def serving(loaded: Loaded, **settings: Any) -> Iterator[Running]:
    """Serve at a free port until the block ends."""
    config = ServeConfig(**{"port": 0, "n_slot": loaded.backend.n_row, **settings})
    server = DrainingServer(create_app(config, loaded), config)
    events = LogEvents()
    log = logging.getLogger("scratch_llm")
    log.addHandler(events)
    log.setLevel(logging.INFO)
    listener = socket.create_server(("127.0.0.1", 0))  # connections wait in its backlog until the server accepts them
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        with httpx.Client(base_url=url, timeout=WAIT_S) as http:
            yield Running(url, server, events, http)
    finally:
        server.should_exit = True
        thread.join(WAIT_S)
        log.removeHandler(events)
        assert not thread.is_alive()


class SteppedBackend:
    """Computes only as often as the test allows; `entered` says that it waits to be allowed."""

    def __init__(self, inner: Backend) -> None:
        self._inner = inner
        self._allowed = threading.Semaphore(0)
        self._open = threading.Event()
        self.entered = threading.Event()
        self.vocab_size, self.n_row, self.context_length = inner.vocab_size, inner.n_row, inner.context_length

    @property
    def lengths(self) -> Sequence[int]:
        return self._inner.lengths

    def allow(self, n: int) -> None:
        self._allowed.release(n)

    def open(self) -> None:
        """Let it run freely from now on."""
        self._open.set()
        self._allowed.release()

    def last_logits(self, tokens: Tensor, rows: Sequence[int], n_new: Sequence[int]) -> Tensor:
        self.entered.set()
        if not self._open.is_set():
            assert self._allowed.acquire(timeout=WAIT_S)
        return self._inner.last_logits(tokens, rows, n_new)

    def reset(self, row: int) -> None:
        self._inner.reset(row)


class FailingBackend(SteppedBackend):
    """Fails at its first step."""

    def last_logits(self, tokens: Tensor, rows: Sequence[int], n_new: Sequence[int]) -> Tensor:
        super().last_logits(tokens, rows, n_new)
        raise torch.OutOfMemoryError("the device has no memory left")


class BrokenTokenizer(Tokenizer):
    """Cannot encode."""

    kind = "broken"
    vocab_size = 300
    fingerprint = "broken"

    def encode_batch(self, texts: Sequence[str], *, bos: bool = False, eos: bool = False) -> list[list[int]]:
        raise OSError("/mnt/secret/vocabulary is gone")

    def decode(self, ids: Sequence[int]) -> str:
        return ""

    def save(self, folder: Path) -> None:
        raise OSError("/mnt/secret/vocabulary is gone")
