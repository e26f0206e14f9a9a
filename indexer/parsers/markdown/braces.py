"""Which brace closes which in JavaScript that stands in MDX."""

from __future__ import annotations

import re
from collections.abc import Container

_TOKEN = re.compile(r"""/\*|[{}]|\"[^\"\n]{0,2000}\"|'[^'\n]{0,2000}'|`[^`]{0,2000}`""")


def matching_braces(text: str, code: Container[int]) -> dict[int, int]:
    """The place of each brace that is closed -> the place of the brace that closes it; none of those in `code`.

    Inside braces, strings and comments hold no braces. One pass over the text.
    """
    pairs: dict[int, int] = {}
    opened: list[int] = []
    last_comment = text.rfind("*/")
    position = 0
    while token := _TOKEN.search(text, position):
        position, mark = token.end(), token[0]
        if token.start() in code or (mark not in "{}" and not opened):
            position = token.start() + 1
        elif mark == "/*" and last_comment > token.start():
            position = text.find("*/", token.start()) + 2
        elif mark == "{":
            opened.append(token.start())
        elif mark == "}" and opened:
            pairs[opened.pop()] = token.start()
    return pairs
