"""The certificate of a generation, made of what its codes lose: the oversampling to search with, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.collection import NO_RERANKER, Collection, open_collection
from engine.errors import CodesCollapsed, QuantisationLoss, UsageError
from engine.store.writer import open_writer
from indexer.evaluation.certificate.measure import OVERSAMPLING, Qrels, constant_bits, measure, stored_codes
from indexer.evaluation.certificate.queries import Asked
from indexer.evaluation.exact import build_exact

LEAST_RECALL = 0.5  # at the largest oversampling: below, sign bits do not find what the vectors mean
MOST_CONSTANT = 0.5  # share of sign bits


def run_certification(home: Path, name: str, asked: Asked, *, most_loss: float, sample: int, store: bool) -> Any:
    """The object that `winnow certify --json` prints. With `store` it becomes part of a new generation, whose recipe
    has the oversampling found. CodesCollapsed, QuantisationLoss, ModelMismatch; UsageError for a collection without
    chunks.
    """
    with open_collection(name, home=home, reranker=NO_RERANKER) as collection:
        certificate = certify(collection, asked, most_loss=most_loss, sample=sample)
    number = certificate["generation"]
    if store:
        with open_writer(home, name) as writer:
            current = writer.manifest
            recipe = current.recipe.with_(oversampling=certificate["oversampling"])
            number = writer.commit(
                None,
                recipe=recipe,
                evidence=current.evidence,
                calibration=current.calibration,
                certificate=certificate,
            ).generation
    return {"collection": name, "certificate": certificate, "generation": number}


def certify(collection: Collection, asked: Asked, *, most_loss: float, sample: int) -> dict[str, Any]:
    """The certificate of an open collection: documents embedded again from their text, at most `sample` chunks of them.

    A sample is of whole documents, with all that are judged; in it the hundredth neighbour is farther away than in the
    whole, so the figures are those of a smaller collection of the same kind.
    """
    generation, encoder = collection.generation, collection.searcher.encoder
    living = generation.manifest.living.chunks
    if not living:
        raise UsageError(f"{generation.manifest.collection!r} holds no chunks to certify.", "Ingest documents first.")
    queries, qrels = asked.of(generation)
    exact = build_exact(
        collection.searcher, sample, frozenset(doc for grades in (qrels or {}).values() for doc in grades)
    )
    codes = stored_codes(generation, exact)
    vectors = dict(zip(queries, encoder.encode(list(queries.values()), role="query"), strict=True))
    losses = measure(exact, codes, vectors, qrels)
    figures = losses.table()
    constant = constant_bits(codes.binary)
    _refuse_collapsed(figures, constant)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "generation": generation.number,
        "encoder": encoder.fingerprint.weights,
        "chunks": living,
        "sampled_chunks": codes.rows,
        "queries": len(queries),
        "source": asked.name,
        "origin": _origin(qrels),
        "candidates": losses.candidates,
        "constant_bits": round(constant, 4),
        "max_loss": most_loss,
        "oversampling": _least_oversampling(figures, most_loss),
        "figures": figures,
    }


def _origin(qrels: Qrels | None) -> str:
    return "ranks" if qrels is None else "judged"


def _refuse_collapsed(figures: Mapping[str, Any], constant: float) -> None:
    most = str(OVERSAMPLING[-1])
    recall = figures[most]["recall"]
    if recall["mean"] < LEAST_RECALL or constant > MOST_CONSTANT:
        raise CodesCollapsed(
            f"The sign bits of this model's embeddings tell too little: of the exact first 100 they find "
            f"{recall['mean']:.3f} ({recall['low']:.3f} to {recall['high']:.3f}) at oversampling {most}, and "
            f"{constant:.0%} of them are the same in nearly all chunks.",
            "Use another encoder; nothing was stored.",
        )


def _least_oversampling(figures: Mapping[str, Any], most_loss: float) -> int:
    """The smallest whose loss is within bounds even at the upper end of its interval."""
    for oversampling in OVERSAMPLING:
        if figures[str(oversampling)]["loss"]["high"] <= most_loss:
            return oversampling
    loss = figures[str(OVERSAMPLING[-1])]["loss"]
    raise QuantisationLoss(
        f"No oversampling up to {OVERSAMPLING[-1]} keeps the loss of nDCG@10 below {most_loss}: there it is "
        f"{loss['mean']:.4f} ({loss['low']:.4f} to {loss['high']:.4f}).",
        "Allow more with --max-quantisation-loss, or give more queries, which narrows the interval.",
    )
