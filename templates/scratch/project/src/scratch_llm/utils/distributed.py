"""The processes that torchrun starts, and what they say to each other. With one process everything here is free."""

import contextlib
import gc
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

T = TypeVar("T")
# Preparing data takes as long as it takes; a first process that dies takes the others along, through torchrun.
_PATIENCE = timedelta(days=30)


@dataclass(frozen=True)
class World:
    """Who this process is among all of them."""

    rank: int = 0
    local_rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and speaks to the user."""
        return self.rank == 0

    def own(self, device: torch.device) -> torch.device:
        """The device of this process: with several GPUs each process has one of its own."""
        if device.type != "cuda" or self.size == 1:
            return device
        torch.cuda.set_device(self.local_rank)
        return torch.device("cuda", self.local_rank)


@contextlib.contextmanager
def join_world() -> Iterator[World]:
    """Join torchrun's processes for the time of the block; alone where torchrun did not start this process.

    Inside such a block another one changes nothing: torchrun's processes can meet only once.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World()
        return
    world = World(int(os.environ["RANK"]), int(os.environ["LOCAL_RANK"]), size)
    if dist.is_initialized():
        yield world
        return
    # gloo carries the small numbers that live on the CPU, so that they never wait for the GPU.
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, timeout=timedelta(minutes=30))
    try:
        yield world
    finally:
        gc.collect()  # a wrapped model that outlives its process group can block for ever when it is freed
        dist.destroy_process_group()


def add_up(values: Sequence[float]) -> list[float]:
    """Sum each value over all processes."""
    if not dist.is_initialized():
        return list(values)
    total = torch.tensor(values, dtype=torch.float64)
    dist.all_reduce(total)
    return [float(value) for value in total]


def in_any(flag: Tensor) -> Tensor:
    """Whether a flag is set in any process; decided on the flag's device, without waiting for it."""
    if not dist.is_initialized():
        return flag
    number = flag.float()
    dist.all_reduce(number, dist.ReduceOp.MAX)
    return number.bool()


def from_first(value: T) -> T:
    """Give every process the first one's value."""
    if not dist.is_initialized():
        return value
    box: list[T] = [value]
    dist.broadcast_object_list(box, device=torch.device("cpu"))
    return box[0]


def gather(value: T) -> list[T]:
    """Collect every process's value, in the order of their ranks."""
    if not dist.is_initialized():
        return [value]
    values: list[T] = [value] * dist.get_world_size()
    dist.all_gather_object(values, value)
    return values


@contextlib.contextmanager
def first_goes_first(world: World) -> Iterator[None]:
    """Run the block in the first process, and then, when its files are there, in the others, however long it takes."""
    if not dist.is_initialized():
        yield
        return
    patient = dist.new_group(timeout=_PATIENCE, backend="gloo")
    if not world.is_first:
        dist.barrier(patient)
    yield
    if world.is_first:
        dist.barrier(patient)
    dist.destroy_process_group(patient)
