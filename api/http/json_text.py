"""JSON from strangers: bounded before it is parsed, and free of what UTF-8 cannot carry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

Location = tuple[str | int, ...]

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")  # json.loads has joined those that are pairs


class InvalidJson(ValueError):
    """`message` says what is wrong; `location` leads to the part that it is wrong with, empty for the whole text."""

    def __init__(self, message: str, location: Location = ()) -> None:
        super().__init__(message)
        self.message = message
        self.location = location


def _refuse(constant: str) -> Any:
    """JSON has no such numbers, though Python writes them."""
    raise InvalidJson(f"The body is not JSON, which has no {constant}: leave the field out, or send null.")


_decoder = json.JSONDecoder(parse_constant=_refuse)


def parse(raw: bytes, most_values: int) -> Any:
    """The value of a JSON text in UTF-8.

    Raises:
        InvalidJson: it is not JSON, holds more than `most_values` values, or a surrogate that has no partner.
    """
    if (found := count_values(raw, most_values)) > most_values:
        raise InvalidJson(f"The JSON holds more than {most_values:,} values (at least {found:,}); send less at once.")
    try:
        text = raw.decode("utf-8-sig")
        value = _decoder.decode(text)
    except UnicodeDecodeError as error:
        raise InvalidJson(f"The body is not UTF-8, as JSON has to be: see byte {error.start:,}.") from error
    except json.JSONDecodeError as error:
        raise InvalidJson(f"The body is not JSON: {error.msg} at character {error.pos:,}.") from error
    except RecursionError as error:
        raise InvalidJson("The JSON is nested too deep.") from error
    except InvalidJson:
        raise
    except ValueError as error:  # an integer of thousands of digits
        raise InvalidJson(f"The JSON cannot be read: {error}.") from error
    if _ESCAPED_SURROGATE.search(text):
        for location in _lone_surrogates(value):
            raise InvalidJson("The text holds half of a surrogate pair, which is no character.", location)
    return value


def has_surrogate(text: str) -> bool:
    """Whether a text holds a surrogate, which no UTF-8 can carry."""
    return _SURROGATE.search(text) is not None


def count_values(raw: bytes, most: int) -> int:
    """How many values a JSON text holds, objects and lists included; above `most` a lower bound of it.

    No value is made: some passes over the bytes tell. What is not JSON has some number, too.
    """
    if (marks := _marks(raw)) <= most:
        return marks  # an upper bound: marks inside strings were counted
    plain = raw.replace(b"\\\\", b"").replace(b'\\"', b"")  # every quote that is left begins or ends a string
    strings = plain.count(b'"') // 2
    if strings > 2 * most:
        return (strings + 1) // 2  # at most every other one is a key
    return _marks(b"".join(plain.split(b'"')[::2]))


def _marks(raw: bytes) -> int:
    """A value begins the text, follows a comma, or is the first of a list or an object."""
    return 1 + raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def _lone_surrogates(value: Any) -> Iterator[Location]:
    waiting: list[tuple[Location, Any]] = [((), value)]
    while waiting:
        location, part = waiting.pop()
        if isinstance(part, str) and has_surrogate(part):
            yield location
        elif isinstance(part, list):
            waiting += (((*location, index), item) for index, item in enumerate(part))
        elif isinstance(part, dict):
            for key, item in part.items():
                if has_surrogate(key):
                    yield (*location, key)
                waiting.append(((*location, key), item))
