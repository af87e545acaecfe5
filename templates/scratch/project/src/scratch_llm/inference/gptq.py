"""GPTQ: round weights one input at a time, and let the inputs that are still to come make up for the error.

The method is that of Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
Transformers" (2022). Which errors matter is told by the layer's inputs on real texts: their second moments are the
Hessian of the squared error of the layer's outputs.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from scratch_llm.inference.quantized_linear import Int4Linear, rounded_layers
from scratch_llm.models import Decoder

_LEVELS: Final = 15
_DAMPING: Final = 0.01  # share of the mean curvature that is added to all inputs, so that the Hessian can be inverted


@torch.no_grad()
def gptq(model: Decoder, calibration: Sequence[Tensor], group: int = 32) -> None:
    """Replace the linear layers of all blocks, in place; the output layer and the embedding stay as they are.

    Args:
        model: A decoder in eval mode.
        calibration: Batches of token ids [B, T] such as the model will see.
        group: Inputs that share a scale: 32, 64, 128 or 256.
    """
    for block in model.blocks:
        # Block by block: each one is measured on inputs that already carry the errors of those before it.
        layers = rounded_layers(block)
        hessians = _measure(model, layers, calibration)
        for name, layer in layers.items():
            block.set_submodule(name, quantize_weight(layer.weight, hessians[name], group))


def round_to_nearest(weight: Tensor, group: int = 32) -> Int4Linear:
    """Quantize a weight [N, K] without looking at data: what GPTQ must be better than."""
    return quantize_weight(weight, torch.eye(weight.shape[1], device=weight.device), group)


def quantize_weight(weight: Tensor, hessian: Tensor, group: int) -> Int4Linear:
    """Quantize a weight [N, K] for inputs whose second moments are `hessian` [K, K]."""
    left = weight.detach().float().clone()
    inverse = _inverse_root(hessian.float())
    codes = torch.empty_like(left)
    scales, offsets = [], []
    for start in range(0, left.shape[1], group):
        columns = slice(start, min(start + group, left.shape[1]))
        scale, offset = _grid(left[:, columns])
        errors = _round_group(left[:, columns], inverse[columns, columns], scale, offset, codes[:, columns])
        left[:, columns.stop :] -= errors @ inverse[columns, columns.stop :]
        scales.append(scale)
        offsets.append(offset)
    return Int4Linear.of(codes, torch.stack(scales, 1), torch.stack(offsets, 1), group)


def _round_group(left: Tensor, inverse: Tensor, scale: Tensor, offset: Tensor, codes: Tensor) -> Tensor:
    """Round a group's columns in turn, write their codes, and give the errors that later groups must make up for."""
    errors = torch.empty_like(left)
    for i in range(left.shape[1]):
        code = ((left[:, i] - offset) / scale).round().add(8).clamp(0, _LEVELS)
        rounded = (code - 8) * scale + offset
        errors[:, i] = (left[:, i] - rounded) / inverse[i, i]
        left[:, i + 1 :] -= torch.outer(errors[:, i], inverse[i, i + 1 :])
        codes[:, i] = code
    return errors


def _grid(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Scale and offset of each row's 16 levels from its smallest to its largest weight, as exact as bf16 keeps them."""
    low, high = weight.amin(1), weight.amax(1)
    scale = ((high - low) / _LEVELS).clamp(min=1e-8).bfloat16().float()
    return scale, (low + 8 * scale).bfloat16().float()


def _inverse_root(hessian: Tensor) -> Tensor:
    """Upper triangular root of the damped Hessian's inverse: row i tells how later inputs can make up for input i."""
    diagonal = hessian.diagonal()
    damping = _DAMPING * diagonal.mean().clamp(min=1e-8)
    damped = hessian + torch.diag(torch.where(diagonal == 0, diagonal.mean().clamp(min=1e-8), damping))
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(damped))
    root: Tensor = torch.linalg.cholesky(inverse, upper=True)
    return root


def _measure(model: Decoder, layers: dict[str, nn.Linear], calibration: Sequence[Tensor]) -> dict[str, Tensor]:
    """Second moments of what each layer is fed."""
    moments = {name: torch.zeros(layer.in_features, layer.in_features) for name, layer in layers.items()}
    moments = {name: moment.to(layers[name].weight.device) for name, moment in moments.items()}

    def watch(name: str) -> torch.utils.hooks.RemovableHandle:
        def add(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            rows = inputs[0].flatten(0, -2).float()
            moments[name].addmm_(rows.T, rows)

        return layers[name].register_forward_pre_hook(add)

    handles = [watch(name) for name in layers]
    try:
        for tokens in calibration:
            model(tokens.to(model.embed.weight.device))
    finally:
        for handle in handles:
            handle.remove()
    return moments
