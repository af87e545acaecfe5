"""Look for silent bugs: what trains without an error and learns the wrong thing.

python scripts/probe.py --config configs/pretrain/mini.yaml [--report OUT.json] [--only NAME ...] [key=value ...]

Each probe drives the real model, tokenizer, data and engine of the config, made small, and compares them with what it
computes by itself. It ends with 0 where all have passed, with 1 where one has not, and with 2 where none could run.
"""

import argparse
import importlib.util
import json
import sys
import time
from pathlib import Path
from types import ModuleType


def _probes() -> ModuleType:
    """The probes beside this script: kept elsewhere, they probe the project that is installed, by their own rules."""
    name = "scratch_llm.probes"
    folder = Path(__file__).resolve().parents[1].joinpath("src", *name.split("."))
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"there are no probes in {folder}")
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


probes = _probes()


def main() -> int:
    options = _parser().parse_intermixed_args()
    if not options.config.is_file():
        print(f"error: there is no config '{options.config}'\n  -> give a YAML file below configs/", file=sys.stderr)
        return 2
    findings = []
    for finding in probes.run_probes(options.config, options.overrides, options.only):
        print(finding, flush=True)
        findings.append(finding)
    seconds = time.process_time()
    passed = sum(finding.passed for finding in findings)
    print(f"{passed} of {len(findings)} probes passed in {seconds:.0f} CPU seconds")
    if options.report is not None:
        report = {"probes": [finding._asdict() for finding in findings], "seconds": round(seconds, 2)}
        options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(passed < len(findings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Look for silent bugs in a run's model, data and training.")
    parser.add_argument("--config", type=Path, required=True, help="YAML file below configs/")
    parser.add_argument("--report", type=Path, metavar="JSON", help="write the findings there too")
    names = [name for names in probes.PROBES.values() for name in names]
    parser.add_argument("--only", action="append", default=[], choices=names, help="run this probe; may be repeated")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="dotted overrides of the config")
    return parser


if __name__ == "__main__":
    sys.exit(main())
