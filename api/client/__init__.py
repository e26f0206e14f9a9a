"""The Python client of a Winnow service. Imports neither the engine nor anything heavy. Needs the extra `client`.

from api.client import Winnow

with Winnow("http://localhost:8400") as winnow:
    for hit in winnow.search("how do I cancel the contract", k=5).hits:
        print(hit.rank, hit.title, hit.text)
"""

try:
    from api.client.asynchronous import AsyncWinnow
    from api.client.calls import DocumentText, SearchOptions
    from api.client.errors import (
        ApiError,
        Conflict,
        ConnectionFailed,
        Expired,
        Forbidden,
        InvalidRequest,
        JobFailed,
        NotFound,
        RateLimited,
        ServerError,
        Unauthenticated,
        Unavailable,
    )
    from api.client.synchronous import Winnow
except ModuleNotFoundError as error:
    if error.name not in ("httpx", "httpx_sse", "tenacity"):
        raise
    from engine.errors import DependencyMissing

    raise DependencyMissing(
        f"The client needs {error.name}.", "Install the extra: pip install 'winnow-search[client]'."
    ) from error

__all__ = [
    "ApiError",
    "AsyncWinnow",
    "Conflict",
    "ConnectionFailed",
    "DocumentText",
    "Expired",
    "Forbidden",
    "InvalidRequest",
    "JobFailed",
    "NotFound",
    "RateLimited",
    "SearchOptions",
    "ServerError",
    "Unauthenticated",
    "Unavailable",
    "Winnow",
]
