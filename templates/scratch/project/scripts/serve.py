"""Serve a trained model over HTTP.

python scripts/serve.py --checkpoint outputs/<experiment>/<timestamp> [--config FILE] [port=8080 n_slot=4 ...]
"""

import argparse
from pathlib import Path

from scratch_llm.config.load import load_section
from scratch_llm.config.serve import ServeConfig
from scratch_llm.utils.entry import run

_DEFAULT = Path(__file__).parent.parent / "configs" / "serve" / "default.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve a trained model over HTTP.")
    parser.add_argument("--checkpoint", type=Path, required=True, help="a run's folder or one of its checkpoints")
    parser.add_argument("--config", type=Path, default=_DEFAULT, help="one of configs/serve")
    parser.add_argument("overrides", nargs="*", help="settings such as port=8080 or n_slot=4")
    arguments = parser.parse_args()
    config = load_section(ServeConfig, arguments.config, arguments.overrides)

    from scratch_llm.inference.server import serve  # needs the extra "serve"

    serve(config, arguments.checkpoint)


if __name__ == "__main__":
    run(main)
