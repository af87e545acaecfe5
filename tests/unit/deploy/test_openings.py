"""What a container may reach, beside what it needs."""

from __future__ import annotations

from typing import Any

import pytest

from agents.ops.deploying.openings import openings
from framework.runtime.docker.inspecting import container

CLOSED: dict[str, Any] = {
    "CapDrop": ["ALL"],
    "SecurityOpt": ["no-new-privileges:true"],
    "ReadonlyRootfs": True,
    "NetworkMode": "tales_default",
}
WEIGHTS = {"Type": "bind", "Source": "/srv/weights", "Destination": "/model", "RW": False}
LOOPBACK = {"HostIp": "127.0.0.1", "HostPort": "8123"}


def kinds(host: dict[str, Any], mounts: list[Any], ports: list[Any], user: str = "10001:10001") -> list[str]:
    said = {
        "Id": "1",
        "Name": "/api",
        "Image": "sha256:1",
        "State": {"Status": "running"},
        "Config": {"User": user},
        "HostConfig": CLOSED | host,
        "Mounts": mounts,
        "NetworkSettings": {"Ports": {"8000/tcp": ports}},
    }
    return [one.kind for one in openings(container(said).open, "127.0.0.1")]


def test_a_closed_service_has_no_openings() -> None:
    key = {"Type": "bind", "Source": "/srv/my:key", "Destination": "/run/secrets/api_key", "RW": False}
    assert kinds({}, [WEIGHTS, key], [LOOPBACK]) == []


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ({"Privileged": True}, "privileged"),
        ({"CapDrop": None}, "capabilities"),
        ({"CapAdd": ["SYS_ADMIN"]}, "capabilities"),
        ({"SecurityOpt": None}, "privileges"),
        ({"SecurityOpt": ["no-new-privileges:false"]}, "privileges"),
        ({"ReadonlyRootfs": False}, "writable"),
        ({"NetworkMode": "host"}, "shares"),
        ({"PidMode": "host"}, "shares"),
    ],
)
def test_a_setting_that_opens_it_is_named(host: dict[str, Any], kind: str) -> None:
    assert kinds(host, [], [LOOPBACK]) == [kind]


@pytest.mark.parametrize(
    ("source", "target", "writable", "kind"),
    [
        ("/var/run/docker.sock", "/var/run/docker.sock", False, "socket"),
        ("/run/user/1000/podman/podman.sock", "/x", True, "socket"),
        ("/", "/machine", False, "socket"),
        ("/var/run", "/model", False, "socket"),
        ("/etc", "/etc/of/machine", False, "mount"),
        ("/srv/weights", "/model", True, "mount"),
    ],
)
def test_a_mount_beside_weights_and_key_is_named(source: str, target: str, writable: bool, kind: str) -> None:
    mount = {"Type": "bind", "Source": source, "Destination": target, "RW": writable}
    assert kinds({}, [mount], [LOOPBACK]) == [kind]


@pytest.mark.parametrize("user", ["", "0", "0:0", "root", "root:root"])
def test_root_is_named(user: str) -> None:
    assert kinds({}, [], [LOOPBACK], user) == ["root"]


@pytest.mark.parametrize("ip", ["0.0.0.0", "::", "192.168.0.7", ""])
def test_every_address_is_looked_at(ip: str) -> None:
    assert kinds({}, [], [LOOPBACK, {"HostIp": ip, "HostPort": "8124"}]) == ["binding"]
