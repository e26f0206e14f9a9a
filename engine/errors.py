"""Every error that Winnow raises on purpose: a stable code, a sentence that says what is wrong, and a remedy."""

from __future__ import annotations


class WinnowError(Exception):
    """Base of all typed errors. `code` is stable; `remedy` says what the reader can do about it."""

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


class InvalidRecipe(UsageError):
    """A training recipe has keys or values that it cannot have, or parts that do not fit together."""

    code = "invalid_recipe"


class CollectionNotFound(UsageError):
    code = "collection_not_found"


class SourceNotFound(UsageError):
    code = "source_not_found"


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


class DependencyMissing(WinnowError):
    code = "dependency_missing"


class WriterBusy(WinnowError):
    """Another process is writing to the collection."""

    code = "writer_busy"


class CatalogueMissing(WinnowError):
    """A collection's files exist but the catalogue does not know them."""

    code = "catalogue_missing"


class StoreDamaged(WinnowError):
    """A file of the store is missing, truncated or fails its checksum."""

    code = "store_damaged"


class DiskFull(WinnowError):
    code = "disk_full"


class GenerationExpired(WinnowError):
    code = "generation_expired"


class FormatTooNew(WinnowError):
    """The store was written by a newer Winnow."""

    code = "format_too_new"
