"""Joins many requests in an event loop to one thread that generates for all of them.

The event loop owns `Engine` and its tickets; the thread owns the batcher. They meet in two places only: commands go to
the thread through a queue on which it sleeps while there is nothing to do, and each step's updates come back with one
`call_soon_threadsafe`. Nothing polls and nothing is locked.
"""

import asyncio
import contextlib
import logging
import math
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue

from scratch_llm.inference import ContinuousBatcher, SamplingParams, Update
from scratch_llm.inference.server.metrics import Metrics
from scratch_llm.inference.server.refusals import (
    ClientLeft,
    DeadlinePassed,
    NotReady,
    QueueFull,
    Refusal,
    WorkerFailed,
)

_log = logging.getLogger(__name__)
_Command = Callable[[ContinuousBatcher], object]


class Ticket:
    """One request's place in the engine; iterate over it, once, for the pieces of the answer."""

    def __init__(self, n_prompt_tokens: int) -> None:
        self.id = uuid.uuid4().hex
        self.n_prompt_tokens = n_prompt_tokens
        self.n_new_tokens = 0
        self.outcome = ""
        self.submitted = time.monotonic()
        self.last_token: float | None = None
        self._pieces: asyncio.Queue[Update | Refusal] = asyncio.Queue()
        self._first: Update | None = None

    async def begin(self) -> None:
        """Wait for the first piece, so that a refusal comes before anything is sent to the client."""
        self._first = await self._next()

    async def __aiter__(self) -> AsyncIterator[Update]:
        """Yield pieces until one has a finish_reason; raise the refusal where the request ends with one."""
        piece = self._first or await self._next()
        yield piece
        while piece.finish_reason is None:
            piece = await self._next()
            yield piece

    def put(self, piece: Update | Refusal) -> None:
        """Hand a piece to whoever iterates."""
        self._pieces.put_nowait(piece)

    async def _next(self) -> Update:
        piece = await self._pieces.get()
        if isinstance(piece, Refusal):
            raise piece
        return piece


class Engine:
    """Takes requests up to a bound, each with a deadline, and drives the batcher in its own thread."""

    def __init__(
        self, batcher: ContinuousBatcher, metrics: Metrics, *, n_slot: int, max_queue: int, deadline_s: float
    ) -> None:
        self.n_active = 0
        self._batcher = batcher
        self._metrics = metrics
        self._n_slot = n_slot
        self._n_place = n_slot + max_queue
        self._deadline_s = deadline_s
        self._tickets: dict[str, tuple[Ticket, asyncio.TimerHandle]] = {}
        self._commands: SimpleQueue[_Command | None] = SimpleQueue()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="generation")
        self._thread: Future[None] | None = None
        self._ended = asyncio.Event()
        self._empty = asyncio.Event()
        self._draining = False
        self._mean_s = 1.0
        metrics.waiting.set_function(lambda: self.n_waiting)
        metrics.active.set_function(lambda: self.n_active)

    @property
    def n_waiting(self) -> int:
        """Requests that wait for a slot."""
        return max(0, len(self._tickets) - self.n_active)

    @property
    def n_open(self) -> int:
        """Requests that are not ended."""
        return len(self._tickets)

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs; once it has died only a new process helps."""
        return self._thread is not None and not self._thread.done()

    def start(self) -> None:
        """Start the thread; called in the event loop that will submit."""
        self._loop = asyncio.get_running_loop()
        self._thread = self._pool.submit(self._drive)
        self._thread.add_done_callback(lambda thread: self._loop.call_soon_threadsafe(self._thread_ended, thread))

    async def drain(self, seconds: float) -> None:
        """Take no new requests, and wait until the open ones have ended or the time is over."""
        self._draining = True
        _log.info("draining", extra={"fields": {"open_requests": self.n_open}})
        if self._tickets:
            self._empty.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._empty.wait()

    def refuse_open(self) -> None:
        """Tell every open request that the server is shutting down."""
        self._refuse_all(_shutting_down())

    async def stop(self) -> None:
        """End the thread; requests still open are refused."""
        self._draining = True
        self.refuse_open()
        self._commands.put(None)
        await self._ended.wait()
        self._pool.shutdown()

    def check_ready(self) -> None:
        """Raise NotReady where no request can be taken."""
        if not self.is_alive:
            raise NotReady("the thread that generates is not running", "the server must be started again")
        if self._draining:
            raise _shutting_down()

    def submit(self, prompt: Sequence[int], params: SamplingParams) -> Ticket:
        """Take a request.

        Raises:
            NotReady: The thread has died, or the server is shutting down.
            QueueFull: All slots and all places in the queue are taken.
        """
        self.check_ready()
        if len(self._tickets) >= self._n_place:
            wait_s = max(1, math.ceil(self._mean_s * self.n_waiting / self._n_slot))
            raise QueueFull(f"{self._n_place} requests are open already, as many as there is room for", wait_s)
        ticket = Ticket(len(prompt))
        late = DeadlinePassed(f"no complete answer within {self._deadline_s:g} s", "ask for fewer tokens")
        self._tickets[ticket.id] = ticket, self._loop.call_later(self._deadline_s, self._refuse, ticket, late)
        self._metrics.prompt_tokens.inc(len(prompt))
        self._commands.put(lambda batcher: batcher.add(ticket.id, prompt, params))
        return ticket

    def close(self, ticket: Ticket) -> None:
        """Say that nobody waits for the ticket any more; an unfinished one leaves its slot."""
        self._refuse(ticket, ClientLeft("the client has left"))

    def _drive(self) -> None:
        while self._obey():
            updates = self._batcher.step()
            self._loop.call_soon_threadsafe(self._deliver, updates, self._batcher.n_active)

    def _obey(self) -> bool:
        """Carry out the commands that are there; sleep for one if there is nothing to generate. False: the end."""
        idle = self._batcher.n_active + self._batcher.n_waiting == 0
        with contextlib.suppress(Empty):
            while True:
                command = self._commands.get(block=idle)
                if command is None:
                    return False
                command(self._batcher)
                idle = False
        return True

    def _deliver(self, updates: Sequence[Update], n_active: int) -> None:
        self.n_active = n_active
        for update in updates:
            if update.request_id in self._tickets:
                ticket, _ = self._tickets[update.request_id]
                self._measure(ticket, len(update.token_ids))
                ticket.put(update)
                if update.finish_reason is not None:
                    self._forget(ticket, update.finish_reason)

    def _measure(self, ticket: Ticket, n_token: int) -> None:
        if not n_token:
            return
        now = time.monotonic()
        if ticket.last_token is None:
            self._metrics.time_to_first_token.observe(now - ticket.submitted)
        else:
            self._metrics.time_per_token.observe((now - ticket.last_token) / n_token)
        ticket.last_token = now
        ticket.n_new_tokens += n_token
        self._metrics.new_tokens.inc(n_token)

    def _refuse(self, ticket: Ticket, refusal: Refusal) -> None:
        if ticket.id in self._tickets:
            self._commands.put(lambda batcher: batcher.cancel(ticket.id))
            ticket.put(refusal)
            self._forget(ticket, refusal.code)

    def _refuse_all(self, refusal: Refusal) -> None:
        for ticket, _ in list(self._tickets.values()):
            self._refuse(ticket, refusal)

    def _forget(self, ticket: Ticket, outcome: str) -> None:
        _, timer = self._tickets.pop(ticket.id)
        timer.cancel()
        ticket.outcome = outcome
        self._metrics.finished.labels(outcome).inc()
        self._mean_s += 0.1 * (time.monotonic() - ticket.submitted - self._mean_s)
        if not self._tickets:
            self._empty.set()

    def _thread_ended(self, thread: Future[None]) -> None:
        self.n_active = 0
        if error := thread.exception():
            _log.critical("generation has died", exc_info=error)
        self._refuse_all(WorkerFailed("generation failed", "the log of the server says why"))
        self._ended.set()


def _shutting_down() -> NotReady:
    return NotReady("the server is shutting down", "ask another server, or this one later")
