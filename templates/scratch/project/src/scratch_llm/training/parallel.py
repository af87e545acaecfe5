"""One model on many processes: each has the whole of it (DDP) or a shard (FSDP2)."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from scratch_llm.models import Decoder
from scratch_llm.training.optimizers import whole
from scratch_llm.training.sharded import is_fsdp, is_sharded
from scratch_llm.utils.distributed import World
from scratch_llm.utils.errors import DeviceError


def shard(decoder: Decoder, world: World, dtype: torch.dtype) -> None:
    """Spread a decoder over all processes, block by block (FSDP2). Its parameters become DTensors in place."""
    if dtype == torch.float16:
        raise DeviceError("precision fp16 cannot be used with strategy fsdp2", "use training.precision=bf16")
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

    mesh = init_device_mesh(next(decoder.parameters()).device.type, (world.size,))
    policy = MixedPrecisionPolicy(param_dtype=dtype, reduce_dtype=torch.float32)
    for block in decoder.blocks:
        fully_shard(block, mesh=mesh, mp_policy=policy)
    fully_shard(decoder, mesh=mesh, mp_policy=policy)


def replicate(decoder: Decoder) -> nn.Module:
    """Wrap a decoder so that gradients are averaged over all processes (DDP)."""
    device = next(decoder.parameters()).device
    return DistributedDataParallel(
        decoder,
        device_ids=[device] if device.type == "cuda" else None,
        gradient_as_bucket_view=True,
    )


def sync_gradients(module: nn.Module, now: bool) -> None:
    """Say whether the next backward pass ends with an exchange of gradients; only a step's last one needs it."""
    if is_fsdp(module):
        module.set_requires_gradient_sync(now)
    elif isinstance(module, DistributedDataParallel):
        module.require_backward_grad_sync = now


def clip_gradients(parameters: Iterable[nn.Parameter], limit: float) -> Tensor:
    """Shorten the gradient to `limit` (0: leave it), and give the norm that it had."""
    norm = nn.utils.clip_grad_norm_(parameters, limit or float("inf"))
    return norm.full_tensor() if is_sharded(norm) else norm


def whole_weights(decoder: Decoder) -> dict[str, Tensor]:
    """All weights on the CPU by name. All processes must call it."""
    return {name: whole(tensor) for name, tensor in decoder.state_dict().items()}
