"""Encoders that take queries and documents different ways: the Router of sentence-transformers, formerly Asym.

https://sbert.net/docs/package_reference/sentence_transformer/modules.html#router
"""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.errors import UnsupportedModel
from engine.fingerprint import QueryFingerprint, digest_json
from engine.models.checkpoints.checkpoint import (
    Checkpoint,
    Config,
    Module,
    make_checkpoint,
    module_entries,
    read_json,
    read_module,
)
from engine.protocols import Encoder, Prompts, Role, TokenCounter, runtimes_behind
from engine.types import Float32

_ROLES: tuple[Role, Role] = ("query", "document")
# What models call their routes: the documentation's own example has `doc`.
_NAMES: Mapping[Role, Sequence[str]] = {
    "query": ("query", "queries", "question"),
    "document": ("document", "doc", "passage", "corpus", "answer"),
}


def read_routes(root: Path) -> dict[Role, Checkpoint] | None:
    """The checkpoint of each role, None where the model has no router. Raises UnsupportedModel."""
    entries = module_entries(root) if (root / "modules.json").is_file() else []
    places = [n for n, entry in enumerate(entries) if str(entry["type"]).rpartition(".")[2] in ("Router", "Asym")]
    if not places:
        return None
    return {role: make_checkpoint(root, _modules(root, entries, role)) for role in _ROLES}


def _modules(root: Path, entries: Sequence[Config], role: Role) -> tuple[Module, ...]:
    """The whole chain of one role: a router anywhere in it is replaced by what it does for that role."""
    modules: list[Module] = []
    for entry in entries:
        if str(entry["type"]).rpartition(".")[2] not in ("Router", "Asym"):
            modules.append(read_module(root, entry))
            continue
        folder = root / entry["path"] if entry["path"] else root
        table = read_json(folder / "router_config.json") or read_json(folder / "config.json")
        modules += _route(folder, table, role)
    return tuple(modules)


def _route(folder: Path, table: Config, role: Role) -> tuple[Module, ...]:
    structure: Mapping[str, Sequence[str]] = table["structure"]
    parameters = table.get("parameters") or {}
    mappings = {literal_eval(key): name for key, name in (parameters.get("route_mappings") or {}).items()}
    ways = [(role, "text"), (role, None), (None, "text"), (None, None)]
    named = [mappings[way] for way in ways if way in mappings] + [
        name for name in (*_NAMES[role], "text") if name in structure
    ]
    if not named:
        raise UnsupportedModel(
            f"{folder} has no route for a {role}, only: {', '.join(structure)}.", "Choose a model that encodes both."
        )
    return tuple(read_module(folder, {"type": table["types"][part], "path": part}) for part in structure[named[0]])


class RoutedEncoder:
    """Implements `engine.protocols.Encoder` by one encoder for each role. `max_tokens` is that of documents."""

    def __init__(self, query: Encoder, document: Encoder) -> None:
        if query.dimension != document.dimension:
            raise UnsupportedModel(
                f"The model's queries have {query.dimension} dimensions and its documents {document.dimension}.",
                "Choose another model.",
            )
        self._encoders: dict[Role, Encoder] = {"query": query, "document": document}

    @property
    def dimension(self) -> int:
        return self._encoders["document"].dimension

    @property
    def max_tokens(self) -> int:
        return self._encoders["document"].max_tokens

    @property
    def languages(self) -> frozenset[str] | None:
        return self._encoders["document"].languages

    @property
    def runtimes(self) -> frozenset[str]:
        return runtimes_behind(self._encoders["document"])

    @property
    def tokens(self) -> TokenCounter:
        return self._encoders["document"].tokens

    @property
    def fingerprint(self) -> QueryFingerprint:
        prints = {role: encoder.fingerprint for role, encoder in self._encoders.items()}
        return QueryFingerprint(
            weights=digest_json({role: own.weights for role, own in prints.items()}),
            tokenizer=digest_json({role: own.tokenizer for role, own in prints.items()}),
            pooling="; ".join(f"{role}: {own.pooling}" for role, own in prints.items()),
            prompts={role: own.prompts[role] for role, own in prints.items()},
            dimension=self.dimension,
            max_tokens=self.max_tokens,
        )

    def with_prompts(self, prompts: Prompts) -> RoutedEncoder:
        """The same model with other prompts, by role; nothing is loaded again."""
        return RoutedEncoder(*(self._encoders[role].with_prompts(prompts) for role in _ROLES))

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        """Embeddings, shape (n, dimension), in the order of `texts`."""
        return self._encoders[role].encode(texts, role=role)
