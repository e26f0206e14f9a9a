"""No command reaches an extra's package without saying which extra to install: read from the source."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.import_graph import ROOT, reached

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COMMANDS = PROJECT["entry-points"]["winnow.commands"]


# Modules whose imports a check at run time stands before, which names the extra.
CHECKED = {
    "engine.models.": "torch",  # engine/models/runtimes/runtime.py: require
    "indexer.training.": "train",  # indexer/training/extra.py: require_extra
    "benchmarks.peers.": "peers",  # benchmarks/peers/registry.py: missing
    "benchmarks.speed.retrieval": "peers",  # it asks whether the package is there
    "api.operations.tracing": "otel",  # it asks whether the package is there
}
# Modules that ask whether a package of no extra is there, and name what to install.
ASKING = {"benchmarks.speed.others"}
# Modules that import another distribution than their own, which theirs does not bring by itself.
HIDDEN = {"uvicorn.protocols.http.httptools_impl": "httptools"}


@cache
def core() -> frozenset[str]:
    """What the project itself lists: what something else happens to bring does not count."""
    return frozenset(canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"])


@cache
def brought(extra: str) -> frozenset[str]:
    """What an extra installs: what it lists, and what that asks for in turn, as far as it is installed here."""
    found, waiting = set[str](), [Requirement(line) for line in PROJECT["optional-dependencies"][extra]]
    while waiting:
        wanted = waiting.pop()
        found.add(canonicalize_name(wanted.name))
        with suppress(PackageNotFoundError):
            for line in requires(wanted.name) or ():
                inner = Requirement(line)
                used = (
                    any(inner.marker.evaluate({"extra": name}) for name in ("", *wanted.extras))
                    if inner.marker
                    else True
                )
                if used and canonicalize_name(inner.name) not in found:
                    waiting.append(inner)
    return frozenset(found)


distributions = cache(packages_distributions)


def providers(module: str) -> set[str]:
    """The distributions that have the module; by its own name where none is installed."""
    top = module.partition(".")[0]
    return {canonicalize_name(name) for name in distributions().get(top, [top])}


def checked(module: str) -> set[str]:
    return {extra for prefix, extra in CHECKED.items() if module.startswith(prefix)}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_imports_only_what_is_installed_or_guarded(command: str) -> None:
    faults = {
        f"{name}:{found.line} imports {found.module} (guards: {sorted(extras)})"
        for name, extras, found in reached(COMMANDS[command].partition(":")[0])
        if name not in ASKING
        for module in (found.module, HIDDEN.get(found.module, found.module))
        if not providers(module) & core().union(*(brought(extra) for extra in extras | checked(name)))
    }
    assert not faults, "\n".join(sorted(faults))
