"""Whether this network shows certificates of its own: a build that downloads then needs the file behind them."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

from framework.artifacts.docker_env import Authorities
from framework.errors import MissingOutside
from framework.runtime.indexes import Indexes
from framework.runtime.interpreters import bare_pip, running_version
from framework.runtime.processes import run

_SECONDS = 6
_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_UNREADABLE = "the index's address, or that of the proxy to it, is none that can be read"
_PRIVATE = re.compile(r"(?<=with url: )\S+|(?<=://)[^\s@]*@")  # a path and its query may hold a token
_PLACE = re.compile(r"^\* (https://\S+)", re.MULTILINE)


def authorities(index: str, bundle: str) -> Authorities:
    """Ask a package index twice: with the authorities that everyone knows, and with those of this machine.

    `index` and `bundle` are what a person named; without an index it is the one that pip takes.
    """
    address = index or _pips_index()
    if not address.startswith("https:"):
        return Authorities(state="unknown", bundle=_first(bundle), why="no package index is asked over https")
    import certifi

    said = _asked(address, certifi.where())
    if said == "":
        return Authorities(state="public", bundle=bundle)
    if "CERTIFICATE_VERIFY_FAILED" not in said:
        return Authorities(state="unknown", bundle=_first(bundle), why=said[-300:])
    vouching = next((file for file in _candidates(bundle) if _asked(address, file) == ""), "")
    return Authorities(state="own", bundle=vouching, why="" if vouching else said[-300:])


def _asked(address: str, bundle: str) -> str:
    """Nothing where the address answers, whatever it says; else why not."""
    import requests

    try:
        requests.head(address, verify=bundle, timeout=_SECONDS, allow_redirects=False)
    except (requests.exceptions.InvalidURL, ValueError):  # the message quotes it, and it may hold a password
        return _UNREADABLE
    except requests.RequestException as error:
        return _PRIVATE.sub("...", str(error))
    return ""


def _candidates(bundle: str) -> Iterator[str]:
    usual = ssl.get_default_verify_paths()
    named = (bundle, Indexes.configured().certificate, *(os.environ.get(name, "") for name in _VARIABLES))
    for file in dict.fromkeys((*named, usual.cafile or "", usual.openssl_cafile)):
        if file and Path(file).is_file():
            yield file


def _first(bundle: str) -> str:
    """What somebody configured, though nothing could show that it is needed."""
    return next(iter(_candidates(bundle)), "")


def _pips_index() -> str:
    """The index that pip would ask: nobody but pip knows it where nothing is configured."""
    try:
        done = run([*bare_pip(running_version()), "-vv", "index", "versions", "pip", "--retries", "0"], 5 * _SECONDS)
    except MissingOutside:
        return ""
    found = _PLACE.search(done.stdout) if done else None
    return found.group(1) if found else ""
