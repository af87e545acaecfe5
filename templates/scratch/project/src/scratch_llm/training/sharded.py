"""What is spread over processes, recognised without importing what spreads it.

PyTorch's DTensor and FSDP take seconds to import, which a run on one device need not pay. Nothing of theirs can be
there before they have been imported.
"""

import sys
from typing import TYPE_CHECKING, TypeGuard

from torch import Tensor, nn

if TYPE_CHECKING:
    from torch.distributed.fsdp import FSDPModule
    from torch.distributed.tensor import DTensor


def is_sharded(tensor: Tensor) -> "TypeGuard[DTensor]":
    """Say whether this process holds only a part of the tensor."""
    owner = sys.modules.get("torch.distributed.tensor")
    return owner is not None and isinstance(tensor, owner.DTensor)


def is_fsdp(module: nn.Module) -> "TypeGuard[FSDPModule]":
    """Say whether this process holds only a part of the module's weights."""
    owner = sys.modules.get("torch.distributed.fsdp")
    return owner is not None and isinstance(module, owner.FSDPModule)
