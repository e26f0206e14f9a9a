"""A search by the service that runs for the same home: its models are loaded, its collections open.

Whatever the service does not answer with a plain yes, be it that none runs, that it refuses or that it ends meanwhile,
is None: the command then does the work itself, and says what is wrong in its own words. This needs nothing but the
standard library, since what it saves is the time to import the rest.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from api.local_socket import connect, socket_of

_SECONDS = 300.0  # after which a service that does not answer is given up

Wishes = Mapping[str, Any]  # the options of a search, by their names over HTTP; None and empty ones are left out


def answer_of_service(home: Path, collections: Sequence[str], wishes: Wishes) -> dict[str, Any] | None:
    """The answer to a search, as JSON; None where no service gives it."""
    connection = connect(socket_of(home), _SECONDS)
    if connection is None:
        return None
    given = {name: value for name, value in wishes.items() if value is not None and value != []}
    if len(collections) == 1:
        return _get(connection, f"/v1/collections/{quote(collections[0], safe='')}/search?{_query(given)}")
    if "filter" in given:  # which only a query string takes in the command line's syntax
        connection.close()
        return None
    return _post(connection, "/v1/search", {**given, "collections": list(collections)})


def _query(wishes: Wishes) -> str:
    plain = {name: _word(value) if isinstance(value, bool) else value for name, value in wishes.items()}
    return urlencode(plain, doseq=True, errors="surrogateescape")


def _word(value: bool) -> str:
    return "true" if value else "false"


def _get(connection: socket.socket, path: str) -> dict[str, Any] | None:
    return _answer(connection, "GET", path, None)


def _post(connection: socket.socket, path: str, body: Any) -> dict[str, Any] | None:
    return _answer(connection, "POST", path, json.dumps(body))


def _answer(connection: socket.socket, method: str, path: str, body: str | None) -> dict[str, Any] | None:
    import http.client  # here: it brings TLS and mail, for which a command without a service has no use

    speaking = http.client.HTTPConnection("localhost")
    speaking.sock = connection  # which is open already
    try:
        speaking.request(method, path, body, {"content-type": "application/json"} if body else {})
        response = speaking.getresponse()
        answer = json.loads(response.read()) if response.status == http.client.OK else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        speaking.close()
    return answer if isinstance(answer, dict) else None
