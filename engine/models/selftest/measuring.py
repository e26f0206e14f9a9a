"""Measuring run-times in turns on the same passages: whatever disturbs the machine disturbs all of them alike."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files

import numpy as np

from engine.errors import WinnowError
from engine.models.runtimes.execution import Execution
from engine.models.runtimes.runtime import installed
from engine.models.selftest.choosing import Measured
from engine.protocols import Encoder
from engine.types import Float32

MOST, LEAST = 24, 8  # passages: fewer where the model is slow
_LETTERS = 800  # of a passage, some 180 tokens: what a chunk holds
_TURNS = 3
_TURN = 0.25  # seconds that a turn of one run-time should take
_BEHIND = 1.3  # times as slow as the fastest in its first turn: such a one gets no more turns
_PILOT = 4  # passages that tell how slow the model is

Clock = Callable[[], float]


def candidates(threads: int) -> list[Execution]:
    """The ways that are installed, the reference first."""
    known = [
        Execution("onnx", "float32", threads),
        Execution("openvino", "float32", threads),
        Execution("openvino", "bfloat16", threads),
        Execution("torch", "bfloat16", threads),  # on the GPU, where there is one
    ]
    return [how for how in known if installed(how.runtime)]


def passages() -> list[str]:
    """Passages of the sample collection, MOST of them, of different articles."""
    with (files("data") / "sample" / "corpus.jsonl").open(encoding="utf-8") as lines:
        texts = [str(json.loads(line)["text"])[:_LETTERS] for line in lines]
    return texts[:: len(texts) // MOST][:MOST]


def measure(
    hows: Sequence[Execution],
    load: Callable[[Execution], Encoder],
    texts: Sequence[str],
    clock: Clock = time.perf_counter,
) -> list[Measured]:
    """How fast each embeds the texts, and how near its vectors are to those of the first one, which must load."""
    encoders = dict(_loaded(hows, load))
    able = {how: encoder for how, encoder in encoders.items() if not isinstance(encoder, str)}
    reference = able[hows[0]]
    texts = texts[: _enough(reference, texts, clock)]
    exact = reference.encode(texts)
    vectors = {how: encoder.encode(texts) for how, encoder in able.items()}  # which also warms them up
    seconds = dict.fromkeys(able, float("inf"))
    for turn in range(_TURNS):
        fastest = min(seconds.values())
        for how, encoder in able.items():
            if turn and how != hows[0] and seconds[how] > _BEHIND * fastest:
                continue
            began = clock()
            encoder.encode(texts)
            seconds[how] = min(seconds[how], clock() - began)  # the least disturbed
    found = {how: _measured(how, len(texts) / max(seconds[how], 1e-9), exact, vectors[how]) for how in able}
    return [found.get(how) or Measured(how.runtime, how.precision, problem=str(encoders[how])) for how in hows]


def _loaded(
    hows: Sequence[Execution], load: Callable[[Execution], Encoder]
) -> Iterator[tuple[Execution, Encoder | str]]:
    """Each encoder, or why there is none."""
    for number, how in enumerate(hows):
        try:
            yield how, load(how)
        except WinnowError as error:
            if number == 0:
                raise
            yield how, error.message
        except Exception as error:  # of a library that is broken: it must not take the others with it
            if number == 0:
                raise
            yield how, f"{type(error).__name__}: {error}"[:200]


def _enough(reference: Encoder, texts: Sequence[str], clock: Clock) -> int:
    """How many passages fill a turn."""
    few = texts[:_PILOT]
    reference.encode(few[:1])
    began = clock()
    reference.encode(few)
    each = max(clock() - began, 1e-9) / len(few)
    return int(min(MOST, max(LEAST, _TURN / each)))


def _measured(how: Execution, per_second: float, exact: Float32, vectors: Float32) -> Measured:
    lengths = np.linalg.norm(exact, axis=1) * np.linalg.norm(vectors, axis=1)
    cosine = float(((exact * vectors).sum(axis=1) / lengths).min())
    equal = float(((exact > 0) == (vectors > 0)).mean())
    return Measured(how.runtime, how.precision, round(per_second, 2), round(cosine, 6), round(equal, 5))
