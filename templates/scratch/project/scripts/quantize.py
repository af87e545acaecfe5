"""Make a model's weights smaller: 8 bits, or 4 bits that are fitted to data.

python scripts/quantize.py --checkpoint outputs/<experiment>/<timestamp> --method int8 --output quantized
python scripts/quantize.py --checkpoint ... --method gptq --output quantized [--texts FILE]

GPTQ is calibrated on the data that the run was trained on, or on the lines of a text file.
"""

import argparse
from pathlib import Path

from torch import Tensor

from scratch_llm.checkpoint import Pretrained, load_pretrained
from scratch_llm.config import load_config
from scratch_llm.inference.calibration import calibration_from_run, calibration_from_texts
from scratch_llm.inference.quantization import (
    GROUPS,
    NOTE,
    quantize_gptq,
    quantize_int8,
    save_quantized,
)
from scratch_llm.utils.entry import run
from scratch_llm.utils.errors import DataError
from scratch_llm.utils.files import check_replaceable


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a model's weights smaller.")
    parser.add_argument("--checkpoint", type=Path, required=True, help="a run's folder or one of its checkpoints")
    parser.add_argument("--method", choices=("int8", "gptq"), required=True, help="8 bits, or 4 bits fitted to data")
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    parser.add_argument("--texts", type=Path, help="gptq: calibrate on the lines of this file; default: the run's data")
    parser.add_argument("--batches", type=int, default=16, help="gptq: batches to calibrate on, at most")
    parser.add_argument("--group", type=int, choices=GROUPS, default=32, help="gptq: inputs that share a scale")
    options = parser.parse_args()
    check_replaceable(options.output, NOTE)
    pretrained = load_pretrained(options.checkpoint)
    if options.method == "int8":
        quantize_int8(pretrained.model)
    else:
        quantize_gptq(pretrained.model, _calibration(pretrained, options.texts, options.batches), options.group)
    save_quantized(pretrained, options.output)
    size = (options.output / "model.safetensors").stat().st_size
    print(f"{options.output}: {size / 2**20:.1f} MiB; use it with --backend {options.method}")


def _calibration(pretrained: Pretrained, texts: Path | None, n_batch: int) -> list[Tensor]:
    length = pretrained.model.config.context_length
    if texts is None:
        if not (pretrained.folder / "config.yaml").is_file():
            raise DataError(f"{pretrained.folder} does not say what it was trained on", "give --texts FILE")
        config = load_config(pretrained.folder / "config.yaml")
        return calibration_from_run(config, pretrained.tokenizer, length, n_batch)
    try:
        lines = texts.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read '{texts}': {error}", "give a text file in UTF-8") from error
    return calibration_from_texts(lines, pretrained.tokenizer, length, n_batch)


if __name__ == "__main__":
    run(main)
