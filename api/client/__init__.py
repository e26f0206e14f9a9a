"""The Python client of a Winnow service. Imports neither the engine nor anything heavy.

It is a distribution of its own, `winnow-client` (clients/python).

Answers are the dataclasses of `api.client.results`.

    from api.client import Winnow

    with Winnow("http://localhost:8400") as winnow:
        for hit in winnow.search("how do I cancel the contract", k=5).hits:
            print(hit.rank, hit.title, hit.text)
"""

from api.client.missing import needs

with needs("winnow-client", "The client"):
    from api.client.asynchronous import AsyncWinnow
    from api.client.calls import DocumentText
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
    from api.client.hits import Hit
    from api.client.options import SearchOptions
    from api.client.results import Document, Job, Judgement, SearchAnswer
    from api.client.synchronous import Winnow

__all__ = [
    "ApiError",
    "AsyncWinnow",
    "Conflict",
    "ConnectionFailed",
    "Document",
    "DocumentText",
    "Expired",
    "Forbidden",
    "Hit",
    "InvalidRequest",
    "Job",
    "JobFailed",
    "Judgement",
    "NotFound",
    "RateLimited",
    "SearchAnswer",
    "SearchOptions",
    "ServerError",
    "Unauthenticated",
    "Unavailable",
    "Winnow",
]
