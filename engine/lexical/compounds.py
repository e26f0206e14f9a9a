"""Words that are made of parts: identifiers, part numbers, versions, paths, `camelCase`, `16GB`, `e-mail`.

The analyser separates words at every sign, and nowhere inside a run of letters and digits. What a text can be found by
beside these words is here, in groups of terms that stand side by side:

    the whole   max_shards_per_node, maxShardsPerNode, max-shards-per-node  ->  maxshardspernode
                a sign between two digits stays as a dot: v2.11.0  ->  v2.11.0, 2020-2024  ->  2020.2024
                of a path each step, too: config/opensearch.yml  ->  configopensearchyml, opensearchyml
    the parts   maxShardsPerNode  ->  max shards per node, 16GB  ->  16 gb, HTTP2  ->  http 2
    a unit with its number        16 GB  ->  16gb
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from engine.lexical.unicode import UNSPACED, unified

LONGEST = 64  # code points of a whole: longer ones are found by their words
_MOST_PARTS = 8  # what changes more often between letters and digits is a hash
_SHORTEST = 4  # letters of a whole without digits: U.S. is not the word "us"

_SIGN = r"(?:[-._/:@\\+~#]{1,3})"
_JOINED = rf"[^\W_]++(?:{_SIGN}[^\W_]++)+"
_BORDER = r"(?:[a-z][A-Z]|[^\W\d_]\d|\d[^\W\d_])"
# An ordinary word, or a number, that no sign joins to another: most of a text, and told at once to be no compound.
_PLAIN = rf"(?:[A-Za-z][a-z]*+|[A-Z]++|\d++)(?![^\W_]|{_SIGN}[^\W_])"
_COMPOUND = re.compile(rf"(?<![^\W_])(?!{_PLAIN})(?:{_JOINED}|[^\W_]*?{_BORDER}[^\W_]*)")
_STEP = re.compile(r"[/:@\\]+")
_PIECE = re.compile(r"[^\W_]+")
_HAS_BORDER = re.compile(_BORDER)
_PART = re.compile(r"\d+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|(?:(?![A-Za-z])[^\W\d_])+|[A-Z]")
_RUN = re.compile(r"\d+|[^\W\d_]+")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)", re.IGNORECASE)
_QUANTITY = re.compile(r"(?<![\w.,])(\d+(?:\.\d+)*)[ \u00a0\u2009\u202f]([^\W\d_]{1,3})(?!\w)")
_MAY_BE_QUANTITY = re.compile(r"\d[ \u00a0\u2009\u202f][^\W\d_]{1,3}(?!\w)")  # is found in a tenth of the time
_IS_UNSPACED = re.compile(f"[{UNSPACED}]")
_UNSPACED_RUN = re.compile(f"[{UNSPACED}]{{2,}}")


def compounds(text: str) -> Iterator[list[str]]:
    """Groups of words side by side, not normalised, by which `text` as it is written is found beside its words."""
    if not text.isascii():
        text = unified(text)
        for match in _UNSPACED_RUN.finditer(text):
            yield from ([character] for character in match[0] if character.isalpha())
    for token in _COMPOUND.findall(text):
        yield from map(list, _of_compound(token))
    yield from _quantities(text)


def quantities(text: str) -> Iterator[list[str]]:
    """The ones of `compounds` that go across white space: a number with the unit behind it, in one word."""
    return _quantities(unified(text))


def _quantities(text: str) -> Iterator[list[str]]:
    if _MAY_BE_QUANTITY.search(text):
        yield from ([match[1] + match[2]] for match in _QUANTITY.finditer(text))


def wholes(text: str) -> Iterator[str]:
    """The compounds of `text` that are more than one word, in one word each."""
    for match in _COMPOUND.finditer(unified(text)):
        if (one := whole(match[0])) and _IS_UNSPACED.search(one) is None:
            yield one


def words_with_parts(text: str) -> Iterator[tuple[str, list[str]]]:
    """The words of `text` that have parts, with these."""
    for match in _COMPOUND.finditer(unified(text)):
        for piece in _PIECE.findall(match[0]):
            if (found := parts(piece)) and _IS_UNSPACED.search(piece) is None:
                yield piece, found


def whole(token: str) -> str | None:
    """The token in one word; None where it is too long or too short, or one word already."""
    pieces = _PIECE.findall(token)
    if len(pieces) < 2:
        return None
    joined = "".join(
        last + ("." if last[-1].isdigit() and following[:1].isdigit() else "")
        for last, following in pairwise([*pieces, ""])
    )
    longest_alone = all(len(piece) == 1 for piece in pieces) or len(joined) < _SHORTEST
    has_digit = any(character.isdigit() for character in joined)
    return None if len(joined) > LONGEST or (longest_alone and not has_digit) else joined


def parts(piece: str) -> list[str]:
    """The parts of a run of letters and digits, by its capitals and digits; nothing where it is one word."""
    if _HAS_BORDER.search(piece) is None or _ORDINAL.fullmatch(piece):
        return []
    found = (_PART if piece.isascii() else _RUN).findall(piece)
    return found if 1 < len(found) <= _MOST_PARTS else []


@lru_cache(maxsize=1 << 16)  # texts of a collection repeat their compounds
def _of_compound(token: str) -> tuple[tuple[str, ...], ...]:
    """The groups of one compound; none where it holds a script without spaces."""
    if _IS_UNSPACED.search(token):
        return ()
    steps = _STEP.split(token)
    found = [one for one in (token, *(steps if len(steps) > 1 else ())) if one]
    groups = [(one,) for part in found if (one := whole(part))]
    return (*groups, *(tuple(inner) for piece in _PIECE.findall(token) if (inner := parts(piece))))
