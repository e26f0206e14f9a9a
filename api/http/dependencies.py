"""What routes ask for: the service, a scope of the caller's key, and that nothing unknown is in the query string."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Request
from fastapi.dependencies.utils import get_flat_dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from api.service.service import Service

Scope = Literal["read", "write", "admin"]


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceOf = Annotated[Service, Depends(_service)]
CollectionName = Annotated[
    str, Path(pattern="^[a-z0-9][a-z0-9_-]{0,63}$", description="the collection's name", examples=["default"])
]


def require(scope: Scope) -> Any:
    """A dependency: the caller's key must have `scope`, for the collection that the path names if it names one.

    There are no keys yet: the service listens on loopback alone (`api/commands/serve.py`), where everybody may do all.
    """

    async def check(request: Request) -> None:
        request.state.scope = scope

    return Depends(check)


async def refuse_unknown_parameters(request: Request) -> None:
    """Every query parameter must be one that the route knows: a misspelt filter must not return everything."""
    if not request.query_params:
        return
    unknown = request.query_params.keys() - _parameters(request.scope["route"])
    if unknown:
        raise RequestValidationError(
            [
                {"loc": ("query", name), "msg": "Unknown parameter", "type": "extra_forbidden"}
                for name in sorted(unknown)
            ]
        )


@lru_cache(maxsize=256)
def _parameters(route: Any) -> frozenset[str]:
    """Names of the route's query parameters; those of a model are its fields."""
    names: set[str] = set()
    for field in get_flat_dependant(route.dependant).query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names.update(kind.model_fields)
        else:
            names.add(field.alias)
    return frozenset(names)
