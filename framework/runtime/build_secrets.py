"""What a build must know of this network and no layer may hold: pip's settings and certificates, as build secrets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from framework.artifacts.files import write_text
from framework.errors import MissingOutside
from framework.runtime.indexes import Indexes
from framework.runtime.passing_folders import passing_folder

SETTINGS, CERTIFICATES = "pip.conf", "ca.pem"
_THERE = "/run/secrets"  # where a build finds its secrets


@contextmanager
def build_secrets(indexes: Indexes | None, bundle: str) -> Iterator[dict[str, Path]]:
    """The files of the secrets by their names, for as long as a build runs; none where it uses no index."""
    if indexes is None:
        yield {}
        return
    certificates = bundle or indexes.certificate
    if certificates and not Path(certificates).is_file():
        raise MissingOutside(
            f"there is no file {certificates} with the certificates of this network.",
            hint="Mend `build.ca_bundle` in the project's DOCKER_CONFIG.md (or pip's `cert`), then resume.",
        )
    with passing_folder("secrets") as folder:
        write_text(folder / SETTINGS, _settings(indexes, f"{_THERE}/{CERTIFICATES}" if certificates else ""))
        secrets = {SETTINGS: folder / SETTINGS}
        yield secrets | ({CERTIFICATES: Path(certificates).resolve()} if certificates else {})


def _settings(indexes: Indexes, certificates: str) -> str:
    """A build sees no folder of this machine, so that only addresses of the network count."""
    wanted = {
        "index-url": _remote([indexes.index]),
        "extra-index-url": _remote(indexes.extra),
        "trusted-host": " ".join(indexes.trusted),
        "cert": certificates,
    }
    return "[global]\n" + "".join(f"{name} = {value}\n" for name, value in wanted.items() if value)


def _remote(addresses: list[str] | tuple[str, ...]) -> str:
    return " ".join(one for one in addresses if one.startswith(("http://", "https://")))
