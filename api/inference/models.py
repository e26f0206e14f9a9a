"""The models that the process holds, and how a batch is computed with them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import cast

import numpy as np

from api.inference.jobs import Job, Key
from engine.models import load_encoder, load_reranker
from engine.protocols import Encoder, Reranker, TellsLabels
from engine.types import Float32, Passage


class Models:
    """Each model is loaded at its first use, in a thread, so that requests to the others go on meanwhile."""

    def __init__(self) -> None:
        self._encoders: dict[str, Encoder] = {}
        self._rerankers: dict[str, Reranker] = {}

    async def encoder(self, name: str) -> Encoder:
        if name not in self._encoders:
            load = partial(load_encoder, name, self_test=False)  # all that waits would wait for it
            self._encoders[name] = await asyncio.to_thread(load)
        return self._encoders[name]

    async def reranker(self, name: str) -> Reranker:
        if name not in self._rerankers:
            self._rerankers[name] = await asyncio.to_thread(load_reranker, name)
        return self._rerankers[name]

    def names(self) -> dict[str, list[str]]:
        return {"encoders": sorted(self._encoders), "rerankers": sorted(self._rerankers)}

    def compute(self, key: Key, batch: Sequence[tuple[Job, list[int]]]) -> list[Float32]:
        """One result for each slice. The models of the slices' jobs are loaded already.

        Texts of several jobs are embedded together. A cross-encoder reads one query at a time: its slices mostly fill
        the budget alone.
        """
        if key.operation != "encode":
            return [self._judge(key, job, positions) for job, positions in batch]
        texts = [cast(str, job.items[position]) for job, positions in batch for position in positions]
        encoder = self._encoders[key.model]
        if key.prompts is not None:
            encoder = encoder.with_prompts(dict(key.prompts))
        rows = encoder.encode(texts, role=key.role or "document")
        ends = np.cumsum([len(positions) for _, positions in batch])
        return np.split(rows, ends[:-1])

    def _judge(self, key: Key, job: Job, positions: list[int]) -> Float32:
        passages = [cast(Passage, job.items[position]) for position in positions]
        reranker = self._rerankers[key.model]
        if key.operation == "labelled":
            return cast(TellsLabels, reranker).labelled(job.query, passages)
        return reranker.score(job.query, passages)
