"""Puts a model together from its parts: files, runtime, settings.

The parts of a kind of model are imported where one is made: a search pays for what its own models are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import (
    LATE_INTERACTION,
    WORDS,
    Checkpoint,
    kind_of,
    read_checkpoint,
    torch_only,
)
from engine.models.checkpoints.families import family_of
from engine.models.checkpoints.locate import locate
from engine.models.checkpoints.published import graph_in
from engine.models.checkpoints.tokenization import Tokenization
from engine.models.encoders.encoder import TransformerEncoder
from engine.models.encoders.routed import RoutedEncoder, read_routes
from engine.models.remote.address import is_address, read_address
from engine.models.rerankers.digest import reranker_digest
from engine.models.runtimes.execution import Execution
from engine.models.runtimes.runtime import Runtime, load_runtime, require
from engine.protocols import Encoder, Reranker
from engine.settings import settings

if TYPE_CHECKING:
    from engine.models.rerankers.causal import Asking
    from engine.models.rerankers.cross_encoder import PairScorer
    from engine.models.rerankers.late_interaction import LateInteraction

MB = 1_000_000


def make_encoder(name: str, how: Execution) -> Encoder:
    """A new bi-encoder."""
    if is_address(name):
        from engine.models.remote.encoder import HttpEncoder

        return HttpEncoder(read_address(name, "encoder"))
    root = locate(name, "encoder")
    with _typed(root):
        return assemble_encoder(root, lambda checkpoint: load_runtime(checkpoint, how), graph_in(root, name))


@contextmanager
def _typed(root: Path) -> Iterator[None]:
    """Raise UnsupportedModel in place of whatever is raised where a file of the model holds values of another shape."""
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        raise UnsupportedModel(
            f"{root} has configuration files of another shape than Winnow knows: {repr(error)[:200]}.",
            "Compare modules.json and the files that it names with those of the model's card, or download it again.",
        ) from error


def assemble_encoder(root: Path, load: Callable[[Checkpoint], Runtime], graph: Path | None = None) -> Encoder:
    """The bi-encoder of a model directory; `load` is asked for the runtime of each transformer in it, of which `graph`
    may take the place.

    It has the prompts that its files declare, or else those of its family.
    """
    encoder = _assembled(root, load, graph)
    family = family_of(root)
    if family is None or any(encoder.fingerprint.prompts.values()):
        return encoder
    return encoder.with_prompts(family.prompts)


def _assembled(root: Path, load: Callable[[Checkpoint], Runtime], graph: Path | None) -> Encoder:
    routes = read_routes(root)
    if routes is None:
        return _encoder(replace(read_checkpoint(root), graph=graph), load)
    if graph is not None:
        raise _no_place_for(graph)
    query, document = routes["query"], routes["document"]
    if query.modules == document.modules:
        return _encoder(document, load)
    shared = _once_each(load)
    return RoutedEncoder(_encoder(query, shared), _encoder(document, shared))


def _once_each(load: Callable[[Checkpoint], Runtime]) -> Callable[[Checkpoint], Runtime]:
    """Routes that begin with the same transformer share it: it is loaded once."""
    loaded: dict[Path, Runtime] = {}

    def shared(checkpoint: Checkpoint) -> Runtime:
        directory = checkpoint.first.directory
        if directory not in loaded:
            loaded[directory] = load(checkpoint)
        return loaded[directory]

    return shared


def _encoder(checkpoint: Checkpoint, load: Callable[[Checkpoint], Runtime]) -> Encoder:
    if kind_of(checkpoint) == "reranker":
        raise UnsupportedModel(
            f"{checkpoint.root} is a reranker: it scores passages for a query and makes no embeddings to search by.",
            "Give it as the reranker, and a bi-encoder as the encoder.",
        )
    if checkpoint.graph is not None and checkpoint.first.type != "Transformer":
        raise _no_place_for(checkpoint.graph)
    if checkpoint.first.type == "StaticEmbedding":
        from engine.models.encoders.static import StaticEncoder

        return StaticEncoder(checkpoint)
    if checkpoint.first.type in WORDS:
        from engine.models.encoders.words import WordEncoder

        return WordEncoder(checkpoint)
    return TransformerEncoder(checkpoint, load(checkpoint))


def _no_place_for(graph: Path) -> UnsupportedModel:
    return UnsupportedModel(
        f"{graph} cannot take the place of this model's weights: it is not one transformer with what follows it.",
        "Leave # and the file out.",
    )


def make_reranker(name: str, how: Execution) -> Reranker:
    """A new cross-encoder, or another model that scores passages for a query."""
    if is_address(name):
        from engine.models.remote.reranker import HttpReranker

        return HttpReranker(name, read_address(name, "reranker"))
    root = locate(name, "reranker")
    with _typed(root):
        return _reranker(name, replace(read_checkpoint(root), graph=graph_in(root, name)), how)


def _reranker(name: str, checkpoint: Checkpoint, how: Execution) -> Reranker:
    if checkpoint.extra.get("model_type") == LATE_INTERACTION:
        return _late_interaction(name, checkpoint, how)
    from engine.models.rerankers.causal import is_causal
    from engine.models.rerankers.cross_encoder import CrossEncoder

    if is_causal(checkpoint):
        if checkpoint.graph is not None:
            raise _no_place_for(checkpoint.graph)
        return _causal(name, checkpoint, how)
    return CrossEncoder(name, checkpoint, _scorer(checkpoint, how))


def _late_interaction(name: str, checkpoint: Checkpoint, how: Execution) -> LateInteraction:
    from engine.models.rerankers.late_interaction import LateInteraction, read_token_vectors
    from engine.models.rerankers.token_codes import TwoBitCodes
    from engine.models.vector_store import VectorStore

    runtime, chosen = load_runtime(checkpoint, how), settings()
    codes, store = read_token_vectors(checkpoint).codes, None
    if isinstance(codes, TwoBitCodes) and chosen.reranker_disk_mb:
        model = f"{reranker_digest(name)} {how.runtime} {how.precision}"
        file, capacity = chosen.cache / "reranker.sqlite", chosen.reranker_disk_mb * MB
        store = VectorStore(file, model, codes.dtype, capacity, "the reranker reads passages again")
    return LateInteraction(name, checkpoint, runtime, chosen.reranker_cache_mb * MB, store)


def _scorer(checkpoint: Checkpoint, how: Execution) -> PairScorer:
    """The head is read first: it tells a model that is no cross-encoder before its weights are loaded."""
    from engine.models.rerankers.graph_classifier import GraphClassifier
    from engine.models.rerankers.heads import HeadScorer, has_head, read_head

    if checkpoint.graph is not None and len(checkpoint.modules) == 1:
        return GraphClassifier(checkpoint, load_runtime(checkpoint, how))
    if has_head(checkpoint) or how.runtime != "torch":
        head = read_head(checkpoint)
        return HeadScorer(checkpoint, head, load_runtime(checkpoint, how))
    require(how)
    from engine.models.rerankers.torch_classifier import TorchClassifier

    return TorchClassifier(checkpoint, how)


def _causal(name: str, checkpoint: Checkpoint, how: Execution) -> Reranker:
    from engine.models.rerankers.causal import CausalReranker, is_packaged
    from engine.models.rerankers.chat_template import Templated
    from engine.models.rerankers.prompts import Prompted, read_prompt

    packaged = is_packaged(checkpoint)
    if not packaged:
        read_prompt(checkpoint)  # raises where the model is no reranker
    if how.runtime != "torch":
        raise torch_only(checkpoint, "is a language model")
    require(how)
    from engine.models.rerankers.torch_causal import load_causal

    tokens = Tokenization(checkpoint, max_length=None)
    asking: Asking = Templated(checkpoint, tokens) if packaged else Prompted(checkpoint, tokens)
    model = load_causal(checkpoint, asking.answers, how)
    return CausalReranker(name, checkpoint, asking, model, tokens)
