"""Linear layers whose weights are kept in 8 or 4 bits, and what a weight becomes in them.

Only weights are rounded. The kernels compute in bf16, so scales are rounded to bf16 before the weights are divided by
them: the rounding of the scale then costs nothing.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_FEW_ROWS = 16  # with more rows reading the weights is no longer what takes the time, and fp32 products are faster

_KERNEL_OUTPUTS = 16  # the 4-bit kernel computes so many outputs at a time

# Attention folds the first into its queries, and routing is decided in full precision: both read the weight itself.
_KEPT = {"from_latent", "router"}


def rounded_layers(module: nn.Module) -> dict[str, nn.Linear]:
    """The linear layers in a module whose weights may be rounded, by name."""
    return {
        name: layer
        for name, layer in module.named_modules()
        if isinstance(layer, nn.Linear) and name.rpartition(".")[2] not in _KEPT
    }


class Int8Linear(nn.Module):
    """One scale per output, weights in -127..127."""

    weight: Tensor  # [N, K] int8
    scale: Tensor  # [N] bf16

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(n_out, n_in, dtype=torch.int8))
        self.register_buffer("scale", torch.ones(n_out, dtype=torch.bfloat16))

    @classmethod
    def of(cls, linear: nn.Linear) -> "Int8Linear":
        """Round a layer to the nearest values."""
        layer = cls(linear.in_features, linear.out_features).to(linear.weight.device)
        weight = linear.weight.detach().float()
        layer.scale = (weight.abs().amax(1) / 127).clamp(min=1e-12).bfloat16()
        layer.weight = (weight / layer.scale.float()[:, None]).round().clamp(-127, 127).to(torch.int8)
        return layer

    def forward(self, x: Tensor) -> Tensor:
        """Map [..., K] to [..., N]."""
        rows = x.flatten(0, -2)
        if x.device.type == "cpu" and len(rows) <= _FEW_ROWS:
            product: Tensor = torch.ops.aten._weight_int8pack_mm(rows.bfloat16(), self.weight, self.scale)
            return product.to(x.dtype).view(*x.shape[:-1], -1)
        return F.linear(x, self.weight.to(x.dtype)) * self.scale.to(x.dtype)


class Int4Linear(nn.Module):
    """Two weights per byte; a scale and an offset for each group of inputs: weight = (code - 8) * scale + offset."""

    packed: Tensor  # [N, K / 2] uint8, the even inputs in the low half
    scale: Tensor  # [N, groups] bf16
    offset: Tensor  # [N, groups] bf16

    def __init__(self, n_in: int, n_out: int, group: int) -> None:
        super().__init__()
        self.n_in, self.group = n_in, group
        n_group = -(-n_in // group)
        self.register_buffer("packed", torch.zeros(n_out, n_group * group // 2, dtype=torch.uint8))
        self.register_buffer("scale", torch.ones(n_out, n_group, dtype=torch.bfloat16))
        self.register_buffer("offset", torch.zeros(n_out, n_group, dtype=torch.bfloat16))
        self._kernel_weight: Tensor | None = None

    @classmethod
    def of(cls, codes: Tensor, scale: Tensor, offset: Tensor, group: int) -> "Int4Linear":
        """Pack codes [N, K] in 0..15 with their scale and offset [N, groups]."""
        n_out, n_in = codes.shape
        layer = cls(n_in, n_out, group).to(codes.device)
        padded = F.pad(codes, (0, 2 * layer.packed.shape[1] - n_in)).to(torch.uint8)
        layer.packed = padded[:, 0::2] | padded[:, 1::2] << 4
        layer.scale, layer.offset = scale.bfloat16(), offset.bfloat16()
        return layer

    def dequantized(self) -> Tensor:
        """The weight [N, K] in fp32."""
        grouped = self._codes().view(*self.scale.shape, self.group).float()
        weight: Tensor = (grouped - 8) * self.scale.float()[..., None] + self.offset.float()[..., None]
        return weight.flatten(1)[:, : self.n_in]

    def forward(self, x: Tensor) -> Tensor:
        """Map [..., K] to [..., N]."""
        rows = x.flatten(0, -2)
        if x.device.type != "cpu" or len(rows) > _FEW_ROWS or len(self.packed) % _KERNEL_OUTPUTS:
            return F.linear(x, self.dequantized().to(x.dtype))
        if self._kernel_weight is None:
            self._prepare()
        few = F.pad(rows, (0, 2 * self.packed.shape[1] - self.n_in)).bfloat16()
        product: Tensor = torch.ops.aten._weight_int4pack_mm_for_cpu(
            few, self._kernel_weight, self.group, self._kernel_scale
        )
        return product.to(x.dtype).view(*x.shape[:-1], -1)

    def _codes(self) -> Tensor:
        return torch.stack([self.packed & 15, self.packed >> 4], dim=-1).flatten(1)

    def _prepare(self) -> None:
        """Lay the weights out as this CPU's kernel wants them; files stay the same everywhere."""
        self._kernel_weight = torch.ops.aten._convert_weight_to_int4pack_for_cpu(self._codes().int(), 1)
        self._kernel_scale = torch.stack([self.scale.T, self.offset.T], dim=-1).contiguous()  # [groups, N, 2]
