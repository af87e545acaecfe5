"""Which parameter is updated by what, and the optimizers' state by parameter name."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from scratch_llm.config import OptimizerConfig
from scratch_llm.training.muon import Muon
from scratch_llm.training.sharded import is_sharded
from scratch_llm.utils.errors import CheckpointError

State = dict[str, dict[str, Tensor]]


class Optimizers:
    """All optimizers of a run as one: AdamW alone, or Muon for the blocks' matrices and AdamW for the rest."""

    def __init__(self, decoder: nn.Module, config: OptimizerConfig) -> None:
        named = list(decoder.named_parameters())
        muon = {name for name, p in named if config.name == "muon" and name.startswith("blocks.") and p.ndim >= 2}
        params = config.params
        self._names: dict[Tensor, str] = {parameter: name for name, parameter in named}
        self.members: list[torch.optim.Optimizer] = [
            _adamw([parameter for name, parameter in named if name not in muon], config)
        ]
        if muon:
            matrices = [parameter for name, parameter in named if name in muon]
            self.members.append(Muon(matrices, params.muon_lr, params.momentum, params.weight_decay))
        self._peaks = [[group["lr"] for group in member.param_groups] for member in self.members]

    def set_lr(self, factor: float) -> None:
        """Set every learning rate to a share of its peak."""
        for member, peaks in zip(self.members, self._peaks, strict=True):
            for group, peak in zip(member.param_groups, peaks, strict=True):
                group["lr"] = peak * factor

    @property
    def lr(self) -> float:
        """AdamW's current learning rate."""
        return float(self.members[0].param_groups[0]["lr"])

    def step(self, scaler: torch.amp.GradScaler, skip: Tensor) -> None:
        """Update all parameters, or none where `skip` is 1; decided on the device, without waiting for it."""
        for member in self.members:
            member.found_inf = skip  # type: ignore[attr-defined]
            scaler.step(member)  # puts its own decision in place of `skip` where it is enabled
        scaler.update()

    def zero_grad(self) -> None:
        """Drop all gradients."""
        for member in self.members:
            member.zero_grad(set_to_none=True)

    def state_dict(self) -> State:
        """Whole state tensors on the CPU by parameter name. All processes must call it."""
        return {
            self._names[parameter]: {key: whole(value) for key, value in state.items()}
            for member in self.members
            for parameter, state in member.state.items()
        }

    def load_state_dict(self, state: State) -> None:
        """Take over whole state tensors, sharded like their parameters."""
        if state and set(state) != set(self._names.values()):
            raise CheckpointError(
                "the optimizer state belongs to a different model", "use start_from to begin a new run from its weights"
            )
        for member in self.members:
            for parameter in _parameters(member):
                if name_state := state.get(self._names[parameter]):
                    member.state[parameter] = {key: _like(value, parameter) for key, value in name_state.items()}


def whole(tensor: Tensor) -> Tensor:
    """A tensor as one piece on the CPU, wherever its parts are."""
    tensor = tensor.detach()
    return (tensor.full_tensor() if is_sharded(tensor) else tensor).cpu().clone()


def _adamw(parameters: list[nn.Parameter], config: OptimizerConfig) -> torch.optim.AdamW:
    params = config.params
    groups = [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": params.weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=params.lr, betas=params.betas, eps=params.eps, fused=True)


def _parameters(member: torch.optim.Optimizer) -> Iterable[nn.Parameter]:
    return (parameter for group in member.param_groups for parameter in group["params"])


def _like(value: Tensor, parameter: nn.Parameter) -> Tensor:
    value = value.to(parameter.device, copy=True)
    if is_sharded(parameter) and value.ndim:
        from torch.distributed.tensor import distribute_tensor

        return distribute_tensor(value, parameter.device_mesh, parameter.placements)
    return value
