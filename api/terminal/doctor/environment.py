"""Python, the packages that Winnow needs, the extras and what each would give, the settings."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution, version

from packaging.requirements import Requirement

from api.terminal.doctor.finding import Finding, looked_at

DISTRIBUTION = "winnow-search"
CORE = ""  # what is installed without an extra
INSTALL_AGAIN = f"Install it again: pip install --force-reinstall '{DISTRIBUTION}[cpu]'."

# Extra -> what it gives. Those that only development needs are left out; a test holds the list complete.
EXTRAS = {
    "cpu": "FAISS, which scans the vectors, and OpenVINO where it has a build for this machine",
    "gpu": "FAISS on a GPU, instead of `cpu`",
    "office": "spreadsheets",
    "pdf-vertical": "vertical Chinese, Japanese and Korean in PDFs",
    "ocr": "text in pictures and in scanned PDFs (`--ocr`)",
    "serve": "`winnow serve`: the page and the HTTP API",
    "mcp": "`winnow mcp`: tools for agents",
    "web": "sites of the web",
    "web-archive": "archives of the web",
    "watch": "`winnow watch`",
    "postgres": "a catalogue in PostgreSQL",
    "usearch": "two more index kinds for very large collections",
    "openvino": "another runtime for the models (part of `cpu` on Linux with x86-64)",
    "torch": "models that the light runtimes cannot run",
    "train": "`winnow train`",
    "cluster": "`winnow cluster serve`: replicas kept by Ray",
    "otel": "traces of the service",
    "bench": "`winnow bench`: metrics and reports",
    "peers": "`winnow bench peers`: other engines",
}
# Packages of compiled code, which can be installed and still not load: built for another processor or another NumPy.
_COMPILED = {
    "numpy": "numpy",
    "pyarrow": "pyarrow",
    "onnxruntime": "onnxruntime",
    "tokenizers": "tokenizers",
    "tantivy": "tantivy",
    "pystemmer": "Stemmer",
    "lxml": "lxml.etree",
    "pypdfium2": "pypdfium2",
    "rapidfuzz": "rapidfuzz",
}


def environment() -> Iterator[Finding]:
    """Everything that is installed, and the settings."""
    yield Finding(
        "environment",
        "Python",
        "ok",
        f"Winnow {version(DISTRIBUTION)} on Python {platform.python_version()} ({sys.executable}), "
        f"{platform.system()} {platform.machine()}",
    )
    for name, look in (("packages", _packages), ("extras", _extras), ("settings", _settings)):
        yield from looked_at("environment", name, look)


def required() -> dict[str, list[str]]:
    """Extra -> the distributions that it brings to this machine, as the installed package declares them; CORE for those
    of all.
    """
    own = distribution(DISTRIBUTION)
    wanted = [Requirement(line) for line in own.requires or ()]
    found = {CORE: [one.name for one in wanted if _applies(one, CORE)]}
    for extra in own.metadata.get_all("Provides-Extra") or ():
        found[extra] = [one.name for one in wanted if _applies(one, extra) and not _applies(one, CORE)]
    return found


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _packages() -> Iterator[Finding]:
    absent = _absent(required()[CORE])
    if absent:
        yield Finding("environment", "packages", "problem", f"Missing: {', '.join(absent)}.", INSTALL_AGAIN)
    broken = [fault for name, module in _COMPILED.items() if name not in absent and (fault := _fault(module))]
    for said in (f"Installed, but it cannot be loaded: {fault}." for fault in broken):
        yield Finding("environment", "packages", "problem", said, INSTALL_AGAIN)
    if not absent and not broken:
        yield Finding("environment", "packages", "ok", f"all {len(required()[CORE])} are here, and load")


def _extras() -> Iterator[Finding]:
    brought = required()
    here = {extra for extra in EXTRAS if extra in brought and not _absent(brought[extra])}
    for extra, gives in EXTRAS.items():
        install = f"pip install '{DISTRIBUTION}[{extra}]'"
        if extra in here:
            yield Finding("environment", f"extra {extra}", "ok", f"installed: {gives}")
        else:
            yield Finding("environment", f"extra {extra}", "ok", f"not installed; it would give {gives}: {install}")
    yield from looked_at("environment", "FAISS", partial(_scan, _is_here("faiss-cpu") or _is_here("faiss-gpu")))


def _scan(installed: bool) -> Iterator[Finding]:
    """FAISS is an extra, since there are two of it, and yet the scan that is used unless the settings name another."""
    from engine.settings import settings

    if settings().scan != "faiss":
        return
    install = f"Install it: pip install '{DISTRIBUTION}[cpu]'; or set WINNOW_SCAN=numpy, which is slower."
    if not installed:
        yield Finding("environment", "FAISS", "problem", "Nothing scans the vectors: FAISS is not installed.", install)
    elif fault := _fault("faiss"):
        yield Finding("environment", "FAISS", "problem", f"Installed, but it cannot be loaded: {fault}.", install)


def _settings() -> Iterator[Finding]:
    """The settings can be read, and what they name is installed."""
    from engine.home import config_file
    from engine.models.runtimes.execution import execution
    from engine.models.runtimes.runtime import require

    require(execution())
    where = config_file()
    said = str(where) if where.exists() else f"the environment and the defaults; there is no {where}"
    yield Finding("environment", "settings", "ok", f"read from {said}")


def _absent(names: list[str]) -> list[str]:
    return [name for name in names if not _is_here(name)]


def _is_here(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _fault(module: str) -> str:
    """Why a module cannot be imported, "" if it can. A library of another processor raises what it likes."""
    try:
        import_module(module)
    except Exception as error:
        return f"{module}: {error}"
    return ""
