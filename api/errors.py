"""Errors of the service, which no library call raises. See engine/errors.py for the rest."""

from __future__ import annotations

from engine.errors import StoreDamaged, UsageError, WinnowError


class JobNotFound(WinnowError):
    code = "job_not_found"


class DocumentExpired(WinnowError):
    """A document that was kept for further questions is gone: forgotten, expired, or displaced by others."""

    code = "document_expired"


class InferenceUnavailable(WinnowError):
    """The process that holds the models cannot be reached, or dies at the request."""

    code = "inference_unavailable"


class Unauthenticated(WinnowError):
    """No key came with the request, or one that is unknown, expired or revoked."""

    code = "unauthenticated"


class Forbidden(WinnowError):
    """The key is good, but not for this."""

    code = "forbidden"


class RateLimited(WinnowError):
    """The key made too many requests. `retry_after` is in seconds."""

    code = "rate_limited"

    def __init__(self, message: str, remedy: str = "", *, retry_after: float) -> None:
        super().__init__(message, remedy)
        self.retry_after = retry_after


class KeyNotFound(UsageError):
    code = "key_not_found"


class KeyExists(UsageError):
    """An active key has the name already."""

    code = "key_exists"


class KeysUnavailable(StoreDamaged):
    """The file of the API keys is empty, damaged, busy or refused by the disk. Nobody is let in meanwhile."""

    code = "keys_unavailable"


class UnsafeExposure(UsageError):
    """The service would be reachable from other machines without asking for a key."""

    code = "unsafe_exposure"
