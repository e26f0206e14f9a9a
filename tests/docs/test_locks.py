"""The lock files hold what pyproject.toml asks for, with hashes, and name no package host. `make lock` writes them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
EXTRAS = {name: extras.split() for name, extras in re.findall(r"^EXTRAS_([\w-]+) := (.+)$", MAKEFILE, re.M)}
APART = {("test-cluster", "python-dateutil")}  # botocore asks for an older one than matplotlib
LEFT_OUT = {"torch"}  # its build is the machine's choice; the Makefile names its version


def text_of(name: str) -> str:
    return (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")


def locked(name: str) -> dict[str, list[str]]:
    """Package -> its locked versions (more than one where they differ by platform)."""
    found: dict[str, list[str]] = {}
    for package, version in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)", text_of(name), re.M):
        found.setdefault(canonicalize_name(package), []).append(version)
    return found


def test_every_lock_file_has_its_extras() -> None:
    assert EXTRAS.keys() == {path.stem for path in (ROOT / "locks").iterdir()}


@pytest.mark.parametrize("name", EXTRAS)
def test_the_lock_files_hold_what_the_project_asks_for(name: str) -> None:
    wanted = [*PROJECT["dependencies"], *PYPROJECT["dependency-groups"]["build"]]
    wanted += [line for extra in EXTRAS[name] for line in PROJECT["optional-dependencies"][extra]]
    versions = locked(name)
    for requirement in map(Requirement, wanted):
        if (package := canonicalize_name(requirement.name)) not in LEFT_OUT:
            found = versions.get(package)
            assert found, f"locks/{name}.txt lacks {package}: run `make lock`"
            assert all(requirement.specifier.contains(version) for version in found), f"{requirement}: run `make lock`"


@pytest.mark.parametrize("name", EXTRAS)
def test_every_package_is_locked_by_hash_and_no_host_is_named(name: str) -> None:
    entries = re.split(r"\n(?=[\w-])", re.sub(r"^#.*\n", "", text_of(name), flags=re.M))
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|index-url|find-links|@", text_of(name))
    assert not LEFT_OUT & locked(name).keys()
    assert not [package for package in locked(name) if package.startswith(("nvidia-", "triton"))]


def test_the_lock_files_agree() -> None:
    first = locked("test-slow")
    for name in EXTRAS:
        for package, versions in locked(name).items():
            if (name, package) in APART:
                continue
            assert first.get(package, versions) == versions, f"{package} in locks/{name}.txt"


def test_the_makefile_and_the_lock_files_mean_the_same_torch() -> None:
    (constraint,) = PYPROJECT["tool"]["uv"]["constraint-dependencies"]
    assert f"\nTORCH := {constraint}\n" in MAKEFILE
