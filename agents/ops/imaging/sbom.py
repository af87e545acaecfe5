"""What is in the image, as a software bill of materials in the format CycloneDX."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from framework.artifacts.image import BuiltImage
from framework.artifacts.pins import Pin, normal

_SPEC = "1.5"


def sbom(image: BuiltImage, packages: Mapping[str, str], pins: Sequence[Pin]) -> str:
    """The packages that were seen inside; those that the requirements pin carry their hashes."""
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": _SPEC,
        "version": 1,
        "metadata": {"component": {"type": "container", "name": image.tag, "version": image.id}},
        "components": list(_components(packages, {(pin.name, pin.version): pin for pin in pins})),
    }
    return json.dumps(bill, indent=1, ensure_ascii=False) + "\n"


def _components(packages: Mapping[str, str], pins: Mapping[tuple[str, str], Pin]) -> Iterator[dict[str, object]]:
    for name, version in sorted((normal(name), version) for name, version in packages.items()):
        known = pins.get((name, version))
        hashes = [{"alg": "SHA-256", "content": one.partition(":")[2]} for one in known.hashes] if known else []
        purl = f"pkg:pypi/{name}@{version.replace('+', '%2B')}"
        yield {"type": "library", "name": name, "version": version, "purl": purl} | (
            {"hashes": hashes} if len(hashes) == 1 else {}
        )
