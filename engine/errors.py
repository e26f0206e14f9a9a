"""Every error that Winnow raises on purpose: a stable code, a sentence that says what is wrong, and a remedy."""

from __future__ import annotations


class WinnowError(Exception):
    """Base of all errors that Winnow raises on purpose.

    Attributes:
        code: a stable name that programs may rely on, such as "collection_not_found".
        exit_code: that of the command line: 2 where the request itself is wrong, else 1.
        message: one sentence that says what is wrong.
        remedy: what the reader can do about it; may be empty.

    Examples:
        >>> from winnow import WinnowError, filters
        >>> try:
        ...     filters.parse_filter("year=2020")
        ... except WinnowError as error:
        ...     print(error.code, error.message, sep=": ")
        invalid_filter: The filter 'year=2020' cannot be read at 'year=2020'.
    """

    code = "error"
    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class UsageError(WinnowError):
    """The request itself is wrong: an unknown option value, an empty query, a malformed filter."""

    code = "usage"
    exit_code = 2


class InvalidQuery(UsageError):
    code = "invalid_query"


class InvalidFilter(UsageError):
    code = "invalid_filter"


class InvalidCursor(UsageError):
    """A text that is no cursor of this collection."""

    code = "invalid_cursor"


class InvalidRecipe(UsageError):
    """A training recipe has keys or values that it cannot have, or parts that do not fit together."""

    code = "invalid_recipe"


class InvalidCuration(UsageError):
    """A file of rules for a collection's hits cannot be read, or has rules that there are not."""

    code = "invalid_curation"


class CollectionNotFound(UsageError):
    code = "collection_not_found"


class CollectionExists(UsageError):
    code = "collection_exists"


class SourceNotFound(UsageError):
    code = "source_not_found"


class SourceUnavailable(WinnowError):
    """A database or a remote store, from which documents should come, cannot be reached or refuses to answer."""

    code = "source_unavailable"


class MirrorRefused(WinnowError):
    """Too much is gone from a mirrored path: it may be the wrong one, or not mounted. Nothing was removed."""

    code = "mirror_refused"


class DocumentNotFound(WinnowError):
    code = "document_not_found"


class ParseFailed(WinnowError):
    """One source could not be read as a document. Ingestion reports it and goes on."""

    code = "parse_failed"


class ModelNotFound(WinnowError):
    code = "model_not_found"


class UnsupportedModel(WinnowError):
    """A model directory holds a module or architecture that Winnow cannot run faithfully."""

    code = "unsupported_model"


class ModelMismatch(WinnowError):
    """The query's encoder is not the one that the collection was indexed with."""

    code = "model_mismatch"


class ModelUnavailable(WinnowError):
    """A model that is served at an address gives no answer: no server, no key, no time."""

    code = "model_unavailable"


class ModelAnswerInvalid(WinnowError):
    """A model that is served at an address refused what it was asked, or answered something else."""

    code = "model_answer_invalid"


class CodesCollapsed(WinnowError):
    """A model's embeddings cannot be told apart by their sign bits."""

    code = "codes_collapsed"


class QuantisationLoss(WinnowError):
    """No oversampling keeps what quantisation loses within the bound that was asked for."""

    code = "quantisation_loss"


class DependencyMissing(WinnowError):
    code = "dependency_missing"


class WriterBusy(WinnowError):
    """Another process is writing to the collection."""

    code = "writer_busy"


class CatalogueMissing(WinnowError):
    """A collection's files exist but the catalogue does not know them."""

    code = "catalogue_missing"


class CatalogueUnavailable(WinnowError):
    """The server that holds the catalogue cannot be reached."""

    code = "catalogue_unavailable"


class HomeMissing(WinnowError):
    """The folder of the home, or its catalogue, has vanished under a running service: renamed, unmounted, removed."""

    code = "home_missing"


class NetworkFileSystem(WinnowError):
    """An SQLite catalogue would lie on a network file system."""

    code = "network_file_system"


class StoreDamaged(WinnowError):
    """A file of the store is missing, truncated or fails its checksum."""

    code = "store_damaged"


class NotEmbedded(WinnowError):
    """The vectors of a segment are wanted whose text was committed first."""

    code = "not_embedded"


class DiskFull(WinnowError):
    code = "disk_full"


class StorageFailed(WinnowError):
    """The disk, or its permissions, refused a read or a write for another reason than want of space, or without
    saying why.
    """

    code = "storage_failed"


class GenerationExpired(WinnowError):
    code = "generation_expired"


class NotInCluster(WinnowError):
    """A cluster that serves a collection does not do what was asked for; a single machine does."""

    code = "not_in_cluster"


class FormatTooNew(WinnowError):
    """The store was written by a newer Winnow."""

    code = "format_too_new"


class Overloaded(WinnowError):
    """The work was refused or dropped because it could not be done in time. `retry_after` is in seconds."""

    code = "overloaded"

    def __init__(self, message: str, remedy: str = "", *, retry_after: float = 1.0) -> None:
        super().__init__(message, remedy or f"Try again in {retry_after:.0f} seconds.")
        self.retry_after = retry_after


class Abandoned(WinnowError):
    """The work was ended because nobody waits for it any more: the client hung up, or its time was over."""

    code = "abandoned"


class Incomplete(Overloaded):
    """Shards of a cluster gave no answer, and a complete one was asked for, or none answered at all."""

    code = "incomplete"
