"""Describing a model before it is loaded: read from its files, nothing is run or downloaded."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import UnsupportedModel, UsageError
from engine.fingerprint import digest_json
from engine.models.bulk import choice_for, may_change, tested
from engine.models.checkpoints.card import read_card
from engine.models.checkpoints.checkpoint import JINA_BERT, Checkpoint, Kind, classifies, kind_of, read_checkpoint
from engine.models.checkpoints.locate import locate
from engine.models.checkpoints.packed import sizes
from engine.models.checkpoints.presets import BUNDLED, PRESETS
from engine.models.checkpoints.published import graph_in
from engine.models.checkpoints.weights import read_tensors
from engine.models.encoders.routed import read_routes
from engine.models.graphs.architectures import build_graph
from engine.models.loading import assemble_encoder
from engine.models.rerankers.digest import reranker_digest
from engine.models.rerankers.heads import has_head, read_head
from engine.models.rerankers.late_interaction import is_late_interaction, read_token_vectors
from engine.models.rerankers.purpose import purpose_of
from engine.models.runtimes.runtime import RUNTIMES, Ids, runtimes_of
from engine.models.selftest.results import Result
from engine.types import Float32


@dataclass(frozen=True, slots=True)
class Reading:
    """How a model reads and what it gives. `head` names what follows the transformer; `dimension` is an encoder's,
    `judges` a reranker's: answers, likeness or entailment.

    `embeds_with` is what embeds many documents on this machine.
    `fingerprint` is, for an encoder, the SHA-256 of what a query must share with an index; for a reranker, that of the
    files that decide its scores.
    """

    head: str
    max_tokens: int
    dimension: int | None
    prompts: dict[str, str]
    fingerprint: str
    judges: str | None = None
    embeds_with: str | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """`languages` is None for all; `runtimes` are those that can run the model, installed or not; `own_code` says
    that it needs code that it brings, which runs only where WINNOW_TRUST_REMOTE_CODE allows it.
    """

    name: str
    kind: Kind
    directory: str
    architecture: str
    modules: tuple[str, ...]
    parameters: int
    bytes: int
    languages: tuple[str, ...] | None
    licence: str | None
    runtimes: tuple[str, ...]
    own_code: bool
    reading: Reading

    def to_json(self) -> dict[str, Any]:
        data = asdict(self)
        reading = data.pop("reading")
        return {**data, **reading}


def kinds_of(name: str) -> tuple[Kind, ...]:
    """The kinds of model that a name stands for: two for a preset, one for a directory or a model of the hub.

    Raises ModelNotFound for a model that is not on this disk.
    """
    if name == BUNDLED or name in PRESETS:
        return "encoder", "reranker"
    root = locate(name, "encoder", download=False)
    return ("encoder",) if read_routes(root) else (kind_of(read_checkpoint(root)),)


def describe(name: str, kind: Kind) -> Description:
    """Describe a model. Raises ModelNotFound for a model that is not on this disk, UnsupportedModel for one that Winnow
    cannot run.
    """
    root = locate(name, kind, download=False)
    routes = read_routes(root) if kind == "encoder" else None
    graph = graph_in(root, name)
    checkpoint = replace(routes["document"] if routes else read_checkpoint(root), graph=graph)
    card = read_card(root / "README.md")
    tensors = read_tensors(sorted(root.rglob("*.safetensors")))
    return Description(
        name=name,
        kind=kind,
        directory=str(root),
        architecture=checkpoint.family if checkpoint.first.type == "Transformer" else "static",
        modules=tuple(module.type for module in checkpoint.modules),
        parameters=sum(sizes(tensors).values()),
        bytes=sum(path.stat().st_size for path in root.rglob("*") if path.is_file()),
        languages=None if card.languages is None else tuple(sorted(card.languages)),
        licence=card.licence,
        runtimes=_runtimes(checkpoint, kind),
        own_code=checkpoint.needs_own_code,
        reading=_encoder(name, root, graph) if kind == "encoder" else _reranker(name, checkpoint),
    )


def _runtimes(checkpoint: Checkpoint, kind: Kind) -> tuple[str, ...]:
    if checkpoint.graph is not None:
        return runtimes_of(checkpoint.graph)
    if checkpoint.first.type != "Transformer":
        return tuple(RUNTIMES)
    try:
        build_graph(checkpoint)
    except UnsupportedModel:
        return ("torch",)
    if not (kind == "encoder" or is_late_interaction(checkpoint) or has_head(checkpoint)):
        return ("torch",)
    # torch runs Jina's BERT by the code that it brings only
    return tuple(name for name in RUNTIMES if name != "torch" or checkpoint.family != JINA_BERT)


def _encoder(name: str, root: Path, graph: Path | None) -> Reading:
    encoder = assemble_encoder(root, lambda _: _Unloaded(), graph)
    fingerprint = encoder.fingerprint
    return Reading(
        head=fingerprint.pooling,
        max_tokens=encoder.max_tokens,
        dimension=encoder.dimension,
        prompts=dict(fingerprint.prompts),
        fingerprint=digest_json(fingerprint.to_json()),
        embeds_with=choice.told if (choice := choice_for(name, encoder)) else None,
    )


def _reranker(name: str, checkpoint: Checkpoint) -> Reading:
    head = "the checkpoint's own"
    if checkpoint.graph is not None and classifies(checkpoint):
        head = "the graph's own"
    elif is_late_interaction(checkpoint):
        head = read_token_vectors(checkpoint).label
    elif has_head(checkpoint):
        known = read_head(checkpoint)
        head = ", ".join([known.pooling.label, *(layer.label for layer in known.layers)])
    judges = purpose_of(name) or "answers"
    return Reading(head, checkpoint.max_length, None, {}, reranker_digest(name), judges)


def self_test(name: str) -> Result:
    """The self-test of an encoder, made now and kept. ModelNotFound for one that is not on this disk; UsageError for
    one whose run-time is not to be chosen.
    """
    root = locate(name, "encoder", download=False)
    encoder = assemble_encoder(root, lambda _: _Unloaded(), graph_in(root, name))
    if not may_change(encoder):
        raise UsageError(f"{name} leaves no run-time to choose.", "Test an encoder that is a transformer in float32.")
    return tested(name, encoder)


class _Unloaded:
    """The runtime of a model that is only asked about."""

    name = "none"
    at_once = 1

    def run(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        raise NotImplementedError
