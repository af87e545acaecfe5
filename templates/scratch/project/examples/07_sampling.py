"""How the next token is chosen: the same eight probabilities under different sampling parameters.

python examples/07_sampling.py        # expected output: examples/expected/07_sampling.txt
"""

from collections import Counter

import torch

from scratch_llm import SamplingParams
from scratch_llm.inference.sampling import Sampler, choose

WORDS = ("fox", "dog", "cat", "bird", "fish", "bee", "ant", "owl")
PROBABILITIES = torch.tensor([0.36, 0.24, 0.16, 0.1, 0.06, 0.04, 0.03, 0.01])
DRAWS = 2000
STRATEGIES = {
    "as the model says": SamplingParams(seed=0),
    "greedy": SamplingParams(temperature=0),
    "temperature 0.5": SamplingParams(temperature=0.5, seed=0),
    "temperature 2": SamplingParams(temperature=2.0, seed=0),
    "top_k 3": SamplingParams(top_k=3, seed=0),
    "top_p 0.8": SamplingParams(top_p=0.8, seed=0),
    "penalty 3 after 'fox'": SamplingParams(repetition_penalty=3.0, seed=0),
}


def main() -> None:
    print(" " * 22 + "".join(f"{word:>6}" for word in WORDS))
    for name, params in STRATEGIES.items():
        counts = draw(params)
        print(f"{name:22}" + "".join(f"{counts[word] / DRAWS:6.0%}" for word in range(len(WORDS))))


def draw(params: SamplingParams) -> Counter[int]:
    """Choose again and again from the same logits [1, V], as if 'fox' stood in the prompt."""
    sampler = Sampler(params, prompt=[0])
    logits = PROBABILITIES.log()[None] + 4  # a constant changes no probability
    return Counter(choose(logits.clone(), [sampler])[0] for _ in range(DRAWS))


if __name__ == "__main__":
    main()
