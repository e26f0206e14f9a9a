"""The second half of the query path: read the best candidates with the reranker, and order them by its policy."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import Abandoned, Overloaded
from engine.protocols import Reranker
from engine.query.order import reorder
from engine.query.passages.as_read import passage_of
from engine.query.retrieval import is_foreign
from engine.query.state import Search
from engine.rerank.judging import judge
from engine.rerank.memory import RerankScore
from engine.store.generation import Generation
from engine.types import RowId

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reranking:
    """Reranks what was found in one pinned generation; `reranker` is None where the collection has none."""

    generation: Generation
    reranker: Reranker | None

    def applies(self, search: Search) -> bool:
        """Whether there is anything to rerank, and a reranker that can; `search.degraded` says why not."""
        if not search.stages["fusion"] or not search.found.query.terms:
            return False  # nothing found, or nothing asked that a passage could answer
        if self.reranker is None or search.recipe.rerank == "none":
            if search.request.rerank_depth or search.request.rerank in ("replace", "blend"):
                search.degraded.append("rerank:unavailable")
            return False
        if is_foreign(self.reranker, search.found.query.text, self.generation):
            search.degraded.append("rerank:language")
            return False
        return True

    def rerank(self, search: Search, deadline: float | None) -> None:
        """Add the stage `rerank` to a search, where it applies."""
        fused, recipe = search.stages["fusion"], search.recipe
        if not search.reranks:
            return
        begin_by = search.request.rerank_by
        if begin_by is not None and time.monotonic() > begin_by:
            search.degraded.append("rerank:overloaded")
            return
        with search.timings.stage("rerank"):
            keys = [key for key, _ in fused[: recipe.rerank_depth]]
            rows = [search.rows[key] for key in keys]
            scores = self.judge(search.found.query.text, rows, search.degraded, deadline)
            if scores is None:
                return
            if len(scores) < len(keys):
                search.degraded.append("rerank:budget")
            if scores:
                search.rerank_scores = dict(zip(keys, scores, strict=False))
                given = np.array([score.score for score in scores], np.float64)
                codes = self.generation.codes(rows[: len(scores)])
                order = reorder(fused, given, codes, recipe)
                alone = search.request.rerank == "replace"
                search.stages["rerank"] = order if alone else search.found.exact.first(order)

    def judge(
        self, query: str, rows: Sequence[RowId], degraded: list[str], deadline: float | None = None
    ) -> list[RerankScore] | None:
        """The reranker's scores of passages, in order, of as many as it can judge before `deadline`; None, with the
        reason in `degraded`, where it fails or there is none.
        """
        if self.reranker is None:
            return None
        self.generation.read_ahead(rows)
        passages = [passage_of(self.generation, row) for row in rows]  # a damaged passage is not the reranker's failure
        try:
            scores = judge(self.reranker, query, passages, deadline)
        except Abandoned:
            raise  # there is nobody for whom an answer without it would be good enough
        except Overloaded as error:
            log.info("The reranker has too much to do, the order stays as it is: %s", error)
            degraded.append("rerank:overloaded")
            return None
        except Exception as error:  # whatever a model or its runtime throws, the order so far is a good answer
            details = log.isEnabledFor(logging.INFO)
            log.warning("The reranker failed, the order stays as it is: %s", error, exc_info=details)
            degraded.append("rerank")
            return None
        if any(score.cut for score in scores):
            degraded.append("rerank:truncated")
        return scores
