"""Tiny models under the names of the bundled ones, which are slow."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.models import LocalModels
from engine.protocols import Encoder, Reranker
from tests.conftest import Models


@dataclass
class NamedModels:
    """Gives tiny models by any name, and keeps which encoders it was asked for."""

    models: Models
    encoders: list[str] = field(default_factory=list)

    def encoder(self, name: str) -> Encoder:
        self.encoders.append(name)
        return LocalModels().encoder(self.models.encoder)

    def reranker(self, name: str) -> Reranker:
        return LocalModels().reranker(self.models.reranker)
