"""Export a model: for Hugging Face Transformers, or for ONNX Runtime.

python scripts/export.py --checkpoint outputs/<experiment>/<timestamp> --format onnx --output exported
"""

import argparse
from pathlib import Path

from scratch_llm.checkpoint import load_pretrained
from scratch_llm.models import export_hf
from scratch_llm.utils.entry import run


def main() -> None:
    parser = argparse.ArgumentParser(description="Export a model.")
    parser.add_argument("--checkpoint", type=Path, required=True, help="a run's folder or one of its checkpoints")
    parser.add_argument("--format", choices=("hf", "onnx"), required=True, help="for Transformers or for ONNX Runtime")
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    options = parser.parse_args()
    pretrained = load_pretrained(options.checkpoint)
    if options.format == "hf":
        export_hf(pretrained.model, pretrained.tokenizer, options.output)
        print(f"{options.output}: loads with transformers.AutoModelForCausalLM.from_pretrained")
        return
    from scratch_llm.inference.onnx_export import export_onnx  # needs the extra "export"

    for file, error in export_onnx(pretrained, options.output).items():
        print(f"{options.output / file}: logits differ from the model's by {error:.2g} of their standard deviation")


if __name__ == "__main__":
    run(main)
