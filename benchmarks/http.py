"""Every query of a data set through a live server: the same lists and times, as a client gets them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.child import module_command
from engine.errors import UsageError, WinnowError
from engine.extras import needs
from indexer.evaluation.answers import DEPTH, Answer, ready_ms, reported
from indexer.evaluation.datasets import Dataset

with needs("bench", "`--via http`"):
    import httpx

KEY = "WINNOW_API_KEY"  # the environment variable with the key that the server asks for
_TIMEOUT = 600.0  # seconds for one query: the first one waits for the models


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """The address of a server of `home` on a free port of loopback, for the length of the block.

    It is the command `winnow serve`, as users start it: benchmarks know the service by its HTTP API alone.
    """
    command = module_command("winnow", "serve", "--port", "0", "--home", str(home))
    environment = {**os.environ, "WINNOW_SERVE_RATE": "1e6"}  # nobody else asks
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            if not address:
                raise WinnowError("The server did not start.", "See what it has written above.")
            yield address
        finally:
            process.terminate()


def answer_over_http(
    address: str,
    collection: str,
    dataset: Dataset,
    itself: Collection[str],
    reranks: bool,
    budget_ms: float | None,
    on_query: Callable[[int], None],
) -> dict[str, Answer]:
    """Answer all queries as `indexer.evaluation.answers.answer_all` does, over HTTP.

    `itself` are queries that are documents, too, and must not find themselves.

    The stage "search" is what the server's pipeline took, "total" what the client waited.
    """
    headers = {"authorization": f"Bearer {os.environ[KEY]}"} if KEY in os.environ else {}
    with httpx.Client(base_url=address, headers=headers, timeout=_TIMEOUT) as client:
        path = f"/v1/collections/{collection}/search"
        if (known := client.post(path, json={"query": "warm up", "k": 1})).status_code != 200:
            raise UsageError(f"{address} does not serve {collection!r}: {known.text}", f"Set {KEY}, or see its log.")
        answers = {query: Answer(error="The data set has no text for this query.") for query in dataset.without_text}
        for done, (query, text) in enumerate(dataset.queries.items(), start=1):
            body: dict[str, Any] = {"query": text, "k": DEPTH, "highlight": False, "rankings": True}
            if query in itself:
                body["filter"] = {"not": {"field": "id", "equals": query}}
            if budget_ms is not None:
                body["budget_ms"] = budget_ms
            answers[query] = _answer(client, path, body, reranks)
            on_query(done)
    return answers


def _answer(client: httpx.Client, path: str, body: dict[str, Any], reranks: bool) -> Answer:
    began = time.perf_counter()
    response = client.post(path, json=body)
    waited = (time.perf_counter() - began) * 1000.0
    answer = response.json()
    if response.status_code != 200:
        return Answer(error=f"{answer['code']}: {answer['detail']}")
    lists = {stage: [(entry["key"], entry["score"]) for entry in ranks] for stage, ranks in answer["rankings"].items()}
    ms = {**answer["timings_ms"], "search": answer["timings_ms"]["total"], "total": waited}
    ready = ready_ms(ms, reranked="rerank" in lists)
    return Answer(reported(lists, reranks=reranks), ms, ready, tuple(answer["degraded"]), answer["scored"])
