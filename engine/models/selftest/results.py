"""Results of the self-test, kept for each machine and model in the folder of caches.

What was measured holds for one processor, number of threads, set of packages and model. Where any of these has changed,
or the file is damaged, it is measured again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from engine.fingerprint import QueryFingerprint, digest_json
from engine.models.runtimes.processor import processor
from engine.models.selftest.choosing import Measured, choose
from engine.remembered import read_cache, write_cache
from engine.settings import settings

FILE = "runtimes.json"  # in the folder of caches
_MOST = 64  # results that are kept, the latest
_PACKAGES = ("onnxruntime", "openvino", "torch", "transformers", "numpy")


@dataclass(frozen=True, slots=True)
class Result:
    """A finding of the self-test; `problem` says why it ended without measuring anything, and `passing` that this
    may be different next time, so that it is not kept.
    """

    measured: tuple[Measured, ...]
    problem: str = ""
    passing: bool = False

    @property
    def chosen(self) -> Measured | None:
        """The run-time to embed much with; None where nothing was measured."""
        return choose(self.measured) if self.measured else None

    @property
    def gain(self) -> float:
        """How many times as fast the chosen one is as the reference."""
        chosen = self.chosen
        return chosen.per_second / self.measured[0].per_second if chosen else 1.0

    def told(self) -> str:
        """One line for people."""
        chosen = self.chosen
        if chosen is None:
            return f"the self-test failed: {self.problem}"
        if chosen is self.measured[0]:
            return f"{chosen.name}: nothing else is both faithful and clearly faster here"
        return f"{chosen.name}, {self.gain:.2f} times as fast as {self.measured[0].name} here"

    def to_json(self) -> dict[str, Any]:
        return {"measured": [one.to_json() for one in self.measured], "problem": self.problem}


def kept_result(model: QueryFingerprint) -> Result | None:
    """The result for this machine and model; None where it was not tested."""
    found = read_cache(_file()).get(_key(model))
    try:
        return None if found is None else _read(found)
    except (KeyError, TypeError):  # of another version of Winnow
        return None


def keep_result(model: QueryFingerprint, result: Result) -> None:
    """Keep it for this machine and model, unless it tells nothing about them."""
    if result.passing:
        return
    known = read_cache(_file())
    known.pop(_key(model), None)
    latest = [*known.items(), (_key(model), result.to_json())][-_MOST:]
    write_cache(_file(), dict(latest))


def _read(found: dict[str, Any]) -> Result:
    return Result(_measured(found["measured"]), str(found["problem"]))


def _measured(rows: Sequence[dict[str, Any]]) -> tuple[Measured, ...]:
    return tuple(Measured.from_json(row) for row in rows)


def _file() -> Path:
    return settings().cache / FILE


def _key(model: QueryFingerprint) -> str:
    """SHA-256 of all that the result depends on. Prompts do not matter."""
    return digest_json([model.weights, model.tokenizer, settings().threads, _packages(), processor(), _gpus()])


def _packages() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def _gpus() -> list[str]:
    return sorted(path.name for path in Path("/dev").glob("nvidia[0-9]*"))
