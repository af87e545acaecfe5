"""The stage image on a real engine: what is in the image, what is not, what is built again and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.artifacts.base import sha256
from framework.artifacts.files import read_text, write_text
from framework.runtime.docker import Engine
from framework.runtime.image_probe import built_image
from tests.docker.image.project import STEP, Packed, contents_of, write_checkpoint

pytestmark = pytest.mark.slow


def test_the_image_holds_what_serving_needs_and_nothing_else(packed: Packed, engine: Engine, tmp_path: Path) -> None:
    report = packed.pack()
    assert packed.complaints == []
    assert report.image
    assert report.image.tag == f"{packed.slug}:cpu-v1"
    assert report.seen
    assert set(report.seen.packages) == {"torch", "sympy", "pyyaml", "uvicorn", "h11"}
    files = dict(contents_of(engine, report.image.tag, tmp_path))
    assert files["model/model.yaml"] == b"sound"
    assert "app/src/packed_tale/inference/__init__.py" in files
    ours = [name for name in files if not name.startswith(("usr/", "var/", "etc/", "lib"))]
    assert [name for name in ours if name.endswith((".whl", ".key", "state.pt", ".git")) or "/.cache" in name] == []
    assert not any(b"canary-of-the" in content for content in files.values())


def test_it_serves_as_somebody_without_rights_and_knows_its_health(packed: Packed, engine: Engine) -> None:
    report = packed.pack()
    assert report.image
    script = (
        "import subprocess, sys, time, urllib.request as u;"
        "open('/tmp/key', 'w').write('from a file\\n');"
        "subprocess.run([sys.executable, 'docker/health.py']);"
        "p = subprocess.Popen([sys.executable, 'docker/entry.py', 'host=127.0.0.1', 'port=8000']);"
        "codes = iter(lambda: subprocess.run([sys.executable, 'docker/health.py']).returncode, 0);"
        "[time.sleep(0.1) for _ in codes];"
        "print(u.urlopen('http://127.0.0.1:8000/').read().decode()); p.terminate(); print('ended', p.wait())"
    )
    ran = engine.run(report.image.tag, ["python", "-c", script], environment={"LLM_API_KEY_FILE": "/tmp/key"})
    assert ran.output.strip().splitlines()[-2:] == ["from a file", "ended -15"]
    assert "/health does not answer" in ran.output
    assert engine.image(report.image.tag).labels["org.opencontainers.image.version"] == "1"


def test_code_makes_a_new_version_and_leaves_the_packages_alone(packed: Packed, engine: Engine) -> None:
    first, again = packed.pack(), packed.pack()
    assert first.image
    assert again.image
    assert (again.image.tag, again.image.id) == (first.image.tag, first.image.id)
    write_text(packed.root / "src/packed_tale/training.py", "import tensorboard  # edited\n")
    second = packed.pack()
    assert packed.complaints == []
    assert second.image
    assert second.image.tag == f"{packed.slug}:cpu-v2"
    old, new = (engine.api.inspect_image(one.image.id)["RootFS"]["Layers"] for one in (first, second) if one.image)
    assert (new[:-1], new[-1] == old[-1]) == (old[:-1], False)


def test_an_image_that_is_gone_or_another_one_is_noticed(
    packed: Packed, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert built_image(packed.files) == "none"
    image = packed.pack().image
    assert image
    assert built_image(packed.files) == f"{image.tag} {image.id}"
    engine.remove_image(image.tag)
    assert built_image(packed.files) == f"{image.tag} is missing"
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    assert built_image(packed.files) == f"{image.tag} {image.id}"


def test_weights_may_be_mounted(packed: Packed, engine: Engine, tmp_path: Path) -> None:
    packed.configure(weights="mounted")
    report = packed.pack()
    assert packed.complaints == []
    assert report.image
    assert report.seen
    assert report.seen.weights_sha256
    files = dict(contents_of(engine, report.image.tag, tmp_path))
    assert [name for name in files if name.startswith("model/")] == ["model/.gitkeep"]
    (packed.root / STEP / "model.safetensors").write_bytes(b"other")
    assert "gone or others" in packed.complaints[0]


def test_weights_of_the_users_own_are_taken(packed: Packed, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "mine/run/checkpoints/step_000009")
    packed.answer = str(tmp_path / "mine/run")
    report = packed.pack()
    assert packed.complaints == []
    assert report.weights
    assert (report.weights.path, report.weights.trained_by) == (f"{tmp_path}/mine/run/checkpoints/step_000009", "user")


def test_weights_that_the_code_cannot_use_are_told_before_anything_is_built(packed: Packed, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "mine", model="another one")
    packed.answer = str(tmp_path / "mine")
    report = packed.pack()
    assert report.image is None
    assert "ValueError: model.yaml is of another model" in packed.complaints[0]


def test_an_edited_dockerfile_stays_and_keeps_the_rules(packed: Packed) -> None:
    packed.pack()
    dockerfile = packed.root / "deploy/docker/Dockerfile.cpu"
    write_text(dockerfile, read_text(dockerfile).replace("USER 10001:10001\n", ""))
    report = packed.pack()
    assert [file.path for file in report.files if file.diff] == ["deploy/docker/Dockerfile.cpu"]
    complaints = "\n".join(packed.complaints)
    assert "runs as root" in complaints
    assert "ends with USER" in complaints
    write_text(dockerfile, "FROM scratch\n")
    assert "not as it was when the image was built" in "\n".join(packed.complaints)


def test_a_log_that_was_edited_proves_nothing(packed: Packed) -> None:
    packed.pack()
    log = packed.files.report("container_env_check.log")
    write_text(log, read_text(log).replace("cuda_available: false", "cuda_available: true"))
    assert "not the log that the report was written from" in packed.complaints[0]
    assert sha256(read_text(log))
