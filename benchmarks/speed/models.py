"""The models: texts and pairs a second, ours against other libraries with the same weights, and against the floor."""

from __future__ import annotations

from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.speed.floor import work_of
from benchmarks.speed.interleave import Contender, compete, with_floor
from benchmarks.speed.others import ENCODERS, RERANKERS, ST, lacking
from engine.models import load_encoder, load_reranker
from engine.models.checkpoints.locate import locate
from engine.types import Passage

_SPECIAL = 2  # tokens that stand around a text


def encoding(texts: list[str], encoder: str, rounds: int, folder: Path, rate: float) -> dict[str, Any]:
    """Embedding all the texts as one batch of documents. `rate` is what the floor is reckoned with."""
    ours = load_encoder(encoder)
    contenders: dict[str, Contender] = {"winnow": lambda: ours.encode(texts, role="document")}
    for name, library in ENCODERS.items():
        if library.installed:
            contenders[name] = partial(library.load(encoder, folder), texts)
    lengths = [length + _SPECIAL for length in ours.tokens.count(texts)]
    found = compete(contenders, rounds, len(texts)) | {"rows": len(texts), "missing": lacking(ENCODERS)}
    return with_floor(found, work_of(locate(encoder, "encoder"), lengths) / rate, len(texts))


def query_encoding(query: str, encoder: str, rounds: int, folder: Path) -> dict[str, Any]:
    """Embedding one query, which every search waits for. Ours is another text each time: one is remembered."""
    ours, number = load_encoder(encoder), count()
    contenders: dict[str, Contender] = {"winnow": lambda: ours.encode([f"{query} {next(number)}"], role="query")}
    library = ENCODERS[ST]
    if library.installed:
        contenders[ST] = partial(library.load(encoder, folder), [f"{query} 1"])
    return compete(contenders, rounds) | {"rows": 1, "missing": lacking({ST: library})}


def reranking(query: str, texts: list[str], reranker: str, rounds: int, folder: Path) -> dict[str, Any]:
    """Scoring one query with all the texts: texts that nobody asked about yet, and texts that were read before."""
    ours, number = load_reranker(reranker), count()
    known = [Passage(text) for text in texts]
    first = "winnow, passages read for the first time"

    def unread() -> object:
        turn = next(number)
        return ours.score(query, [Passage(f"{turn} {text}") for text in texts])

    contenders: dict[str, Contender] = {first: unread, "winnow, passages read before": lambda: ours.score(query, known)}
    for name, library in RERANKERS.items():
        if library.installed:
            contenders[name] = partial(library.load(reranker, folder), query, texts)
    return compete(contenders, rounds, len(texts)) | {"rows": len(texts), "missing": lacking(RERANKERS)}
