"""Python, the packages that Winnow needs, the extras and what each would give, the settings."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution, version

from api.terminal.doctor.finding import Finding, looked_at

DISTRIBUTION = "winnow-search"
CORE = ""  # what is installed without an extra
INSTALL_AGAIN = f"Install it again: pip install --force-reinstall '{DISTRIBUTION}[cpu]'."

# Extra -> what it gives. Those that only development needs are left out; a test holds the list complete.
EXTRAS = {
    "cpu": "FAISS, which scans the vectors",
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
    "openvino": "another runtime for the models",
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
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9._-]+)[^;]*(?:;.*\bextra\s*==\s*['\"]([^'\"]+)['\"])?")


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
    """Extra -> the distributions that it brings, as the installed package declares them; CORE for those of all."""
    found: dict[str, list[str]] = {CORE: []}
    for line in distribution(DISTRIBUTION).requires or ():
        if match := _REQUIREMENT.match(line):
            found.setdefault(match[2] or CORE, []).append(match[1])
    return found


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
    yield from looked_at("environment", "FAISS", partial(_scan, bool(here & {"cpu", "gpu"})))


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
