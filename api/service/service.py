"""The service object: everything that Winnow offers to programs, by resource. Its methods raise WinnowErrors only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from api.service.collections import Collections
from api.service.documents import Documents
from api.service.in_document import InDocument
from api.service.jobs import Jobs
from api.service.models import Kind, Models
from api.service.readers import Readers
from api.service.searching import Searching
from engine.models import LocalModels
from engine.protocols import ModelSource
from engine.store.deletion import sweep_deleted
from indexer.sandbox import parse_upload
from indexer.submitted import ParseFile, bounded

LONGEST_ASKED = 1_000_000  # code points, which take some tens of seconds to embed on two cores


class Service:
    """One home, opened for requests from many threads. Close it, or use `with`, to let its files and threads go.

    `models` holds the models, here or in another process; `parse` reads uploaded files, by default each in a process of
    its own; files of more than `longest_asked` code points are not searched while their sender waits; `offered` are
    models that clients may name beside the bundled ones and those of the collections.
    """

    def __init__(
        self,
        home: Path,
        models: ModelSource | None = None,
        *,
        parse: ParseFile = parse_upload,
        longest_asked: int = LONGEST_ASKED,
        offered: Iterable[tuple[Kind, str]] = (),
    ) -> None:
        source = models or LocalModels()
        self.home = home
        self.readers = Readers(home, source)
        self.jobs = Jobs()
        self.models = Models(home, source, offered)
        self.collections = Collections(home, self.models, self.readers)
        self.documents = Documents(home, source, self.readers, self.jobs, parse)
        self.searching = Searching(self.readers)
        self.in_document = InDocument(self.models, source, bounded(parse, longest_asked))
        sweep_deleted(home)

    def interrupt(self) -> None:
        """What a shutdown begins with: background jobs end at their next document, so that nobody waits for them."""
        self.jobs.interrupt()

    def close(self) -> None:
        """End jobs, close collections, forget documents."""
        self.jobs.close()
        self.in_document.close()
        self.readers.close()

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
