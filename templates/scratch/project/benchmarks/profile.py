"""Where the time of our training step goes: `python -m benchmarks.profile`."""

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks import peers, training

KINDS = {
    "matrix products": ("aten::mm", "aten::addmm", "aten::addmm_", "aten::bmm"),
    "attention": (
        "aten::_scaled_dot_product_flash_attention_for_cpu",
        "aten::_scaled_dot_product_flash_attention_for_cpu_backward",
    ),
    "optimizer and clipping": ("aten::_fused_adamw_", "aten::_foreach_norm", "aten::_foreach_mul_"),
}


def main() -> None:
    """Print the share of each kind of operation, by its own CPU time."""
    torch.set_num_threads(1)
    step = training.step(peers.ours())
    step()
    with profile(activities=[ProfilerActivity.CPU]) as watched:
        for _ in range(3):
            step()
    spent = {event.key: event.self_cpu_time_total for event in watched.key_averages()}
    total = sum(spent.values())
    shares = {kind: sum(spent.get(name, 0) for name in names) / total for kind, names in KINDS.items()}
    shares["norms, rotary, SwiGLU, softmax, copies"] = 1 - sum(shares.values())
    for kind, share in shares.items():
        print(f"{share:6.1%}  {kind}")


if __name__ == "__main__":
    main()
