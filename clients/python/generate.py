"""Makes what of the client is made: `python clients/python/generate.py`, from the checkout's root.

api/client/synchronous*.py come from asynchronous*.py, and api/client/options.py from the one description of a search
(api/asking.py). `tests/unit/client/test_contract.py` fails until both are as they would be made.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "api" / "client"
_OPTIONS = '''"""Options of a search. Made by clients/python/generate.py of api/asking.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict


class Sort(TypedDict):
    """A metadata field to order the hits by."""

    field: str
    descending: NotRequired[bool]


class SearchOptions(TypedDict, total=False):
    """Options that every kind of search understands; the service's OpenAPI document says what each one does by default.

    `filter` is such as {"field": "year", "gte": 2020}, {"and": [...]}, {"not": {"field": "tags", "in": ["draft"]}}.
    """

    filter: Mapping[str, Any] | None
    sort: Sequence[Sort]
'''
_MADE = {"asynchronous.py": "synchronous.py", "asynchronous_sending.py": "synchronous_sending.py"}
_DOCSTRINGS = {
    '"""Connections of the asynchronous client: calls are sent, and again where that helps."""': (
        '"""Connections of the client. Made by clients/python/generate.py of asynchronous_sending.py."""'
    ),
    '"""The client for asyncio and trio: the methods of `synchronous.py`, awaited."""': (
        '"""The client for ordinary programs. Made by clients/python/generate.py of asynchronous.py."""'
    ),
    '"""A Winnow service, as `Winnow`, for many calls at a time in one thread; close it, or use `async with`.': (
        '"""A Winnow service. Every method may raise ApiError; safe under threads; close it, or use `with`.'
    ),
}
_WORDS = {
    r"\(await (.*)\)\.": r"\1.",  # an attribute of what is awaited
    r"Async(Winnow|Sender)": r"\1",
    r"\basynchronous_sending import": "synchronous_sending import",
    r"AsyncIterator": "Iterator",
    r"AsyncBaseTransport": "BaseTransport",
    r"AsyncClient": "Client",
    r"AsyncRetrying": "Retrying",
    r"async (def|for|with)": r"\1",
    r"await ": "",
    r"__aenter__": "__enter__",
    r"__aexit__": "__exit__",
    r"\b(aclose|aread|aiter_sse)\b": lambda found: found[1].removeprefix("a"),
}


def synchronous() -> dict[str, str]:
    """The files of the synchronous client by name, from those of the asynchronous one."""
    sources = {made: (FOLDER / name).read_text(encoding="utf-8") for name, made in _MADE.items()}
    for there, here in _DOCSTRINGS.items():
        if not any(there in source for source in sources.values()):
            raise SystemExit(f"The asynchronous client lacks the line {there}")
        sources = {name: source.replace(there, here) for name, source in sources.items()}
    for pattern, word in _WORDS.items():
        sources = {name: re.sub(pattern, word, source) for name, source in sources.items()}
    return {name: _formatted(source, name) for name, source in sources.items()}


def options() -> str:
    """The client's options, from the fields of `api.asking.SearchFields`."""
    sys.path.insert(0, str(ROOT))
    from api.asking import SearchFields

    lines = [f"    {name}: {_written(field.annotation)}" for name, field in SearchFields.model_fields.items()]
    return _formatted(_OPTIONS + "\n".join(lines) + "\n", "options.py")


def _written(annotation: Any) -> str:
    """A type as source has it: a list to give may be any sequence."""
    plain = isinstance(annotation, type) and "[" not in str(annotation)
    text = annotation.__name__ if plain else str(annotation)
    text = re.sub(r"typing\.Union\[(.*), (\w+)\]$", r"\1 | \2", text)
    text = re.sub(r"^Optional\[(.*)\]$", r"\1 | None", text.replace("typing.", ""))
    return text.replace("list[", "Sequence[")


def _formatted(source: str, name: str) -> str:
    ruff = [sys.executable, "-m", "ruff"]
    for step in (["check", "--fix", "--unsafe-fixes", "--exit-zero", "--quiet"], ["format", "--quiet"]):
        command = [*ruff, *step, "--stdin-filename", str(FOLDER / name), "-"]
        source = subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout
    return source


if __name__ == "__main__":
    for made, text in synchronous().items():
        (FOLDER / made).write_text(text, encoding="utf-8")
    (FOLDER / "options.py").write_text(options(), encoding="utf-8")
