"""Batches built ahead of time by threads, in the order they are asked for, ready to be copied to a GPU."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

from scratch_llm.data.batch import Batch, PreferenceBatch

AnyBatch = Batch | PreferenceBatch
Result = TypeVar("Result")


def ahead(tasks: Iterable[Callable[[], Result]], n_worker: int) -> Iterator[Result]:
    """Give the tasks' results in the tasks' order; `n_worker` threads work ahead, 0 does each when it is asked for.

    Threads are enough: what costs time here, reading the disk and tokenizing, does not hold the interpreter's lock.
    """
    if n_worker == 0:
        yield from (task() for task in tasks)
        return
    pool = ThreadPoolExecutor(n_worker, thread_name_prefix="batches")
    waiting: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(task))
            if len(waiting) > 2 * n_worker:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
        pool.shutdown()


def ready(batch: AnyBatch) -> AnyBatch:
    """Pin a batch's memory where there is a GPU to copy it to."""
    return batch.pin_memory() if torch.cuda.is_available() else batch
