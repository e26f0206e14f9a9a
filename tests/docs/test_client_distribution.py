"""The client's distribution: its own files, its own packages, and none of the engine's."""

from __future__ import annotations

import tomllib

import pytest

from tests.support.import_graph import ROOT, imports_of, is_ours, is_third_party

FOLDERS = ("api/client", "api/adapters")
CLIENT = tomllib.loads((ROOT / "clients" / "python" / "pyproject.toml").read_text(encoding="utf-8"))
ENGINE = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
]
BROUGHT = {"httpx", "httpx_sse", "pydantic", "tenacity"}  # the modules of its dependencies
OF_EXTRAS = {"haystack", "langchain_core", "llama_index"}


def test_it_holds_what_the_engine_leaves_out() -> None:
    included = CLIENT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {f"../../{folder}": folder for folder in FOLDERS}
    left_out = set(ENGINE["tool"]["hatch"]["build"]["targets"]["wheel"]["exclude"])
    assert left_out == {"/data/training", *(f"/{folder}" for folder in FOLDERS)}


def test_it_has_the_version_of_the_engine() -> None:
    assert CLIENT["project"]["version"] == ENGINE["project"]["version"]


@pytest.mark.parametrize("module", MODULES)
def test_it_imports_only_itself_and_what_it_brings(module: str) -> None:
    for found in imports_of(module):
        if is_ours(found.module):
            assert found.module == "api" or found.module.startswith(("api.client", "api.adapters")), found
        elif is_third_party(found.module):
            top = found.module.partition(".")[0]
            guarded = (found.extra or "").removeprefix("winnow-client[").removesuffix("]")
            assert top in BROUGHT or (top in OF_EXTRAS and guarded in CLIENT["project"]["optional-dependencies"]), found
