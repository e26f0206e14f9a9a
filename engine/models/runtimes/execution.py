"""How models are run: by what, in which precision, on how many threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.settings import settings

DEFAULT = "onnx"
Precision = Literal["auto", "float32", "bfloat16", "float16", "int8"]


@dataclass(frozen=True, slots=True)
class Execution:
    """`runtime` is a name in `engine.models.runtimes.runtime.RUNTIMES`.

    Another precision than "float32" is for the products of matrices only: weights and results stay in float32. "auto"
    is what the model says that it was measured in, on a runtime that has it: "int8" or "float32". Vectors made in one
    precision are searched in the other, as models have one fingerprint in all.
    """

    runtime: str
    precision: Precision
    threads: int


def execution(runtime: str | None = None, precision: Precision | None = None) -> Execution:
    """The execution that the settings say, but for what is given: DEFAULT where they leave the runtime open."""
    chosen = settings()
    named = runtime or chosen.runtime
    return Execution(DEFAULT if named == "auto" else named, precision or chosen.precision, chosen.threads)


def left_open() -> bool:
    """Whether the settings leave it to the self-test what embeds many documents."""
    return settings().runtime == settings().precision == "auto"
