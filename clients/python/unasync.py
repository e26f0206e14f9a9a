"""Makes api/client/synchronous.py of asynchronous.py: `python clients/python/unasync.py`, from the checkout's root.

Whoever changes the client changes asynchronous.py; `tests/unit/client/test_contract.py` holds the two together.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "api" / "client"
_DOCSTRINGS = {
    '"""The client for asyncio and trio: the methods of `synchronous.py`, awaited."""': (
        '"""The client for ordinary programs. Made of asynchronous.py by clients/python/unasync.py: change that one."""'
    ),
    '"""A Winnow service, as `Winnow`, for many calls at a time in one thread; close it, or use `async with`.': (
        '"""A Winnow service. Every method may raise ApiError; safe under threads; close it, or use `with`.'
    ),
}
_WORDS = {
    r"\(await (.*)\)\.": r"\1.",  # an attribute of what is awaited
    r"AsyncWinnow": "Winnow",
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


def synchronous(source: str) -> str:
    """The synchronous client, from the text of the asynchronous one."""
    for there, here in _DOCSTRINGS.items():
        if there not in source:
            raise SystemExit(f"asynchronous.py lacks the line {there}")
        source = source.replace(there, here)
    for pattern, word in _WORDS.items():
        source = re.sub(pattern, word, source)
    ruff = [sys.executable, "-m", "ruff"]
    for step in (["check", "--fix", "--unsafe-fixes", "--exit-zero", "--quiet"], ["format", "--quiet"]):
        command = [*ruff, *step, "--stdin-filename", str(FOLDER / "synchronous.py"), "-"]
        source = subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout
    return source


if __name__ == "__main__":
    text = (FOLDER / "asynchronous.py").read_text(encoding="utf-8")
    (FOLDER / "synchronous.py").write_text(synchronous(text), encoding="utf-8")
