"""MDX: statements of JavaScript go, and so do the tags of components; what is between tags, and what they show, stays.

A component that is neither closed nor closes itself is text (`List<String>`). In a file that is no `.mdx`, only what
can be nothing else is MDX: Docusaurus and VitePress read components in `.md` too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from indexer.parsers.markdown.braces import matching_braces
from indexer.parsers.markdown.codespans import CodeSpans
from indexer.parsers.markdown.draft import Edit, own_lines
from indexer.parsers.markdown.parameters import shown
from indexer.parsers.markdown.rawhtml import KNOWN

_STATEMENT = re.compile(
    r"""^(?:import\b[ \t]*(?:[\w*$, \t]{0,500}(?:\{([^{}'\"]{0,5000})\})?[ \t]*from\s*)?
          (?P<quote>['\"])[^'\"\n]+(?P=quote)[ \t]*;?[ \t]*$
        |export[ \t]+(?:const|let|var|function|async|default|class|\{|\*))""",
    re.MULTILINE | re.VERBOSE,
)
_IMPORTED = re.compile(r"\b[A-Z]\w*")
_BLANK = re.compile(r"\n[ \t]*(?:\n|\Z)")
_OPENING = re.compile(r"<(/?)([A-Za-z_$][\w$.:-]*)?")
_PIECE = re.compile(r"[^\"'`{}<>]+|\"[^\"]{0,5000}\"|'[^']{0,5000}'|`[^`]{0,5000}`")
_ATTRIBUTE = re.compile(r"\s[\w:-]+=[\"'{]")
_LEFT = frozenset(("content",))  # of components it is what a search engine is told
_EXPRESSION = re.compile(r"\{\s*+(?:/\*.*\*/|\"([^\"]*)\"|'([^']*)'|`([^`$]*)`)?\s*+\}", re.DOTALL)
# Boxes of HTML with a line for themselves: what stands in them is Markdown in MDX, and would be HTML elsewhere.
_BOX = re.compile(r"^[ \t]*<(/?)(article|aside|div|main|section)(?:\s[^<>\n]*)?>[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Tag:
    start: int
    end: int
    name: str
    closes: bool  # </Name>
    whole: bool  # <Name/>
    source: str


def looks_like_mdx(text: str) -> bool:
    """Whether a component is imported and used, or the page begins with an import."""
    if "import" not in text:
        return False
    code = CodeSpans(text)
    imports = [found for found in _STATEMENT.finditer(text) if found["quote"] and found.start() not in code]
    if not imports or not text[: imports[0].start()].strip():
        return bool(imports)
    names = {name for found in imports for name in _IMPORTED.findall(found[0][: found.start("quote") - found.start()])}
    return any(found[2] in names and found.start() not in code for found in _OPENING.finditer(text))


def mdx_edits(text: str, code: Container[int], whole: bool) -> Iterator[Edit]:
    """The edits that take MDX out of `text`, but for what is in `code`; of components alone where it is not the `whole`
    text that is MDX.
    """
    pairs = matching_braces(text, code)
    tags = list(_tags(text, code, pairs))
    edits = [*(_boxes(text, code) if whole else ()), *_components(text, tags, whole)]
    if whole:
        edits += _statements(text, code, pairs)
        edits += _expressions(text, pairs)
    outer = 0
    for start, end, replacement in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if start >= outer:
            yield start, end, replacement
            outer = end


def _boxes(text: str, code: Container[int]) -> Iterator[Edit]:
    """Take out the boxes, if those of a name are closed as often as they are opened."""
    boxes = [box for box in _BOX.finditer(text) if box.start() not in code]
    opened = Counter(box[2] for box in boxes if not box[1])
    closed = Counter(box[2] for box in boxes if box[1])
    yield from ((box.start(), box.end(), "") for box in boxes if opened[box[2]] == closed[box[2]])


def _statements(text: str, code: Container[int], pairs: Mapping[int, int]) -> Iterator[Edit]:
    """`import`, and `export` to the blank line after it, or after its braces, at the beginning of a block."""
    opened = sorted(pairs)
    place = end = 0
    for found in _STATEMENT.finditer(text):
        start = found.start()
        if start < end or start in code or not _begins_block(text, start, end):
            continue
        end = found.end() if found["quote"] else _end_of_block(text, start)
        while place < len(opened) and opened[place] < end:
            if opened[place] >= start and pairs[opened[place]] >= end:
                end = _end_of_block(text, pairs[opened[place]])
            place += 1
        yield start, end, "" if found["quote"] else "\n\n".join(shown(text[start:end]))


def _begins_block(text: str, start: int, before: int) -> bool:
    """Whether the line above is blank or a comment, or belongs to the statement that ended there."""
    above = text[text.rfind("\n", 0, max(start - 1, 0)) + 1 : max(start - 1, 0)]
    return not above.strip() or above.rstrip().endswith("-->") or start - 1 <= before


def _end_of_block(text: str, start: int) -> int:
    blank = _BLANK.search(text, start)
    return blank.start() if blank else len(text)


def _tags(text: str, code: Container[int], pairs: Mapping[int, int]) -> Iterator[_Tag]:
    position = 0
    last_comment = text.rfind("-->")
    for found in _OPENING.finditer(text):
        start = found.start()
        if start < position or start in code or text[start - 1 : start] == "\\":
            continue
        if text.startswith("<!--", start):
            position = text.find("-->", start) if last_comment > start else position
            continue
        end = _end_of_tag(text, found.end(), pairs)
        source = text[found.end() : end - 1]
        if end and (found[2] or not source):
            position = end
            yield _Tag(start, end, found[2] or "", bool(found[1]), source.rstrip().endswith("/"), source)


def _end_of_tag(text: str, position: int, pairs: Mapping[int, int]) -> int:
    """The place after a tag's `>`; 0 where it is no tag."""
    while position < len(text):
        character = text[position]
        if character == ">":
            return position + 1
        if character == "{" and position in pairs:
            position = pairs[position] + 1
            continue
        piece = _PIECE.match(text, position)
        if piece is None or "\n\n" in piece[0]:
            return 0
        position = piece.end()
    return 0


def _components(text: str, tags: list[_Tag], whole: bool) -> Iterator[Edit]:
    closed = {tag.name for tag in tags if tag.closes} & {tag.name for tag in tags if not tag.closes and not tag.whole}
    sure = {tag.name for tag in tags if whole or _is_sure(text, tag)}
    for tag in tags:
        if not _is_component(tag.name):
            if whole and "{" in tag.source and not tag.closes:  # HTML with attributes that HTML does not have
                yield tag.start, tag.end, _plain(tag)
        elif (tag.whole or tag.name in closed) and tag.name in sure:
            yield _gone(text, tag)


def _is_component(name: str) -> bool:
    """Whether a tag's name is none of HTML's. `<>` is a component too."""
    return not name or name[0].isupper() or "." in name or name.lower() not in KNOWN


def _is_sure(text: str, tag: _Tag) -> bool:
    """Whether a tag in Markdown can be nothing but a component: it has attributes, or begins a line that it ends."""
    if tag.closes or not tag.name[:1].isupper():
        return False
    return _ATTRIBUTE.search(tag.source) is not None or own_lines(text, tag.start, tag.end) is not None


def _gone(text: str, tag: _Tag) -> Edit:
    """A tag replaced by what it shows: by blocks where it begins its line."""
    words = [] if tag.closes else shown(tag.source, _LEFT)
    start = tag.start
    while start and text[start - 1] in " \t":
        start -= 1
    indent = text[start : tag.start]
    if text[start - 1 : start] not in ("", "\n"):
        return tag.start, tag.end, " ".join(words) + " " * bool(words)
    if own_lines(text, tag.start, tag.end):
        return start, tag.end, "".join(f"\n{indent}{word}\n" for word in words)
    return start, tag.end, "".join(f"{indent}{word}\n\n" for word in words) + indent


def _plain(tag: _Tag) -> str:
    words = " ".join(shown(tag.source)) if tag.name == "img" else ""
    alt = f' alt="{words}"' if words and '"' not in words else ""
    return f"<{tag.name}{alt}{'/' * tag.whole}>"


def _expressions(text: str, pairs: Mapping[int, int]) -> Iterator[Edit]:
    """Comments and strings in braces; other expressions are text, since only JavaScript could tell what they show."""
    for start, end in pairs.items():
        found = _EXPRESSION.fullmatch(text, start, end + 1) if end - start < 20_000 else None
        if found and text[start - 1 : start] != "\\":
            yield start, end + 1, found[1] or found[2] or found[3] or ""
