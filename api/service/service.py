"""The service object: everything that Winnow offers to programs, by resource. Its methods raise WinnowErrors only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.service.collections import Collections
from api.service.documents import Documents
from api.service.fields import Fields
from api.service.in_document import InDocument
from api.service.jobs import Jobs
from api.service.judging import Judging
from api.service.models import Kind, Models
from api.service.readers import Opener, Readers
from api.service.searching import Searching
from api.service.turns import Turns
from engine.collection import open_collection
from engine.models import LocalModels
from engine.protocols import ModelSource
from engine.settings import settings
from engine.store.deletion import sweep_deleted
from indexer.sandbox.parse import parse_upload
from indexer.sources.submitted import ParseFile, bounded

_LEAST_AT_ONCE = 2  # searches: while the models of another process compute for one, this process has time for the next
LONGEST_ASKED = 1_000_000  # code points, which take some tens of seconds to embed on two cores


class Service:
    """One home, opened for requests from many threads. Close it, or use `with`, to let its files and threads go.

    `models` holds the models, here or in another process; `parse` reads uploaded files, by default each in a process of
    its own; files of more than `longest_asked` code points are not searched while their sender waits; `offered` are
    models that clients may name beside the bundled ones and those of the collections. Services that are given the same
    directory `state` know each other's jobs and kept documents. `opener` opens the home's collections.
    """

    def __init__(
        self,
        home: Path,
        models: ModelSource | None = None,
        *,
        parse: ParseFile = parse_upload,
        longest_asked: int = LONGEST_ASKED,
        offered: Iterable[tuple[Kind, str]] = (),
        state: Path | None = None,
        opener: Opener = open_collection,
    ) -> None:
        source = models or LocalModels()
        self._scratch = TemporaryDirectory(prefix="winnow-", ignore_cleanup_errors=True)
        state = state or Path(self._scratch.name)
        self.home = home
        self._source = source
        self._parse = parse
        self.jobs = Jobs(state / "jobs")
        self.models = Models(home, source, offered)
        self._turns = Turns(max(settings().threads, _LEAST_AT_ONCE))
        asked = bounded(parse, longest_asked)
        self.in_document = InDocument(self.models, source, asked, state / "documents", self._turns)
        self._read_by(Readers(home, source, opener))
        self._narrowed: dict[str, Service] = {}
        sweep_deleted(home)

    def narrowed(self, filter: str | None) -> Service:
        """This service as a key with that filter sees it: of stored documents only what passes. Do not close it.

        What is asked of `collections`, `fields`, `documents`, `searching` and `judging` is narrowed; jobs, models and
        documents that come with their question know of no collection's documents.

        Raises:
            InvalidFilter: the filter cannot be read.
            NotInCluster: the collections are served by a cluster.
        """
        if filter is None:
            return self
        if filter not in self._narrowed:
            narrow = copy(self)
            narrow._read_by(self.readers.narrowed(filter))
            self._narrowed.setdefault(filter, narrow)
        return self._narrowed[filter]

    def _read_by(self, readers: Readers) -> None:
        """Have `readers` read all that is stored."""
        self.readers = readers
        self.collections = Collections(self.home, self.models, readers)
        self.fields = Fields(readers)
        self.documents = Documents(self.home, self._source, readers, self.jobs, self._parse)
        self.searching = Searching(readers, self._turns)
        self.judging = Judging(readers)

    def inference_stats(self) -> Mapping[str, Any] | None:
        """Statistics of the inference process; None where models are in this process. InferenceUnavailable."""
        stats = getattr(self._source, "stats", None)
        return None if stats is None else stats()

    def interrupt(self) -> None:
        """Begin the shutdown: background jobs end at their next document, so that nobody waits for them."""
        self.jobs.interrupt()

    def close(self) -> None:
        """End jobs, close collections, forget documents."""
        self.jobs.close()
        self.in_document.close()
        self.readers.close()
        self._scratch.cleanup()

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
