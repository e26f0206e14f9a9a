"""Raw HTML in Markdown: known, closed elements are markup; everything else in angle brackets is text.

CommonMark takes every `<word>` for HTML, and browsers hide what they do not know: `List<String>`, `<your-api-key>` and
"use the <select> element" lose words, and an unclosed `<script>` all that follows it. A writer meant to be read.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.token import Token

from indexer.parsers.htmltext import HIDDEN
from indexer.parsers.web.walk import LINE_ATTRIBUTE

# https://html.spec.whatwg.org/multipage/indices.html#elements-3, and obsolete elements that pages still have
KNOWN = frozenset(
    """a abbr acronym address area article aside audio b base bdi bdo big blockquote body br button canvas caption
    center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption
    figure font footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link
    main map mark math menu meta meter nav noscript object ol optgroup option output p param picture pre progress q rp
    rt ruby s samp script search section select small source span strike strong style sub summary sup svg table tbody td
    template textarea tfoot th thead time tr track tt u ul var video wbr""".split()  # noqa: SIM905
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())  # noqa: SIM905
_BREAKS = frozenset(("br", "wbr"))
_OPEN_ENDED = frozenset(  # whose end tags may be left out
    "p li dt dd td th tr thead tbody tfoot colgroup option optgroup rt rp html head body".split()  # noqa: SIM905
)
_VERBATIM = frozenset(("script", "style", "pre", "textarea"))  # CommonMark's blocks that blank lines do not end
_UNREAD = frozenset(HIDDEN) | {"textarea"}
_NO_PROSE = frozenset(("script", "style", "head", "svg"))  # nobody misses their content

_PLACED = frozenset("p div li tr dt dd pre blockquote summary figcaption caption h1 h2 h3 h4 h5 h6".split())  # noqa: SIM905

_ATTRIBUTE = r"(?:(?:\s++|(?<=[\"']))[^\s\"'<>/=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'=<>`]++))?+)"
_TAG = re.compile(rf"<(/?)([A-Za-z][A-Za-z0-9-]*+)({_ATTRIBUTE}*+)\s*+/?>")
_TAG_OR_COMMENT = re.compile(rf"<!--.*?-->|{_TAG.pattern}", re.DOTALL)
_BEGINNING = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*+)(?=[\s/>]|$)", re.MULTILINE)
_CLOSING = re.compile(r"</([A-Za-z][A-Za-z0-9-]*+)")
_BREAK = re.compile(r"\n")
_BLANK = re.compile(r"\n[ \t]*\n")
_ANCHOR = re.compile(r"\s(?:name|id)\s*=", re.IGNORECASE)


class RawHtml:
    """Decides what is markup in one document. `dropped` names the elements whose text a reader will not see."""

    def __init__(self, source: str) -> None:
        self.dropped: set[str] = set()
        self._last = {found[1].lower(): found.start() for found in _CLOSING.finditer(source)}  # closing tags
        self._last_comment = source.rfind("-->")

    def guard(self, markdown: MarkdownIt) -> None:
        """Let no block of HTML begin at what is text."""

        def guarded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
            position = state.bMarks[start] + state.tShift[start]
            if not self._begins(state.src, position):
                return False
            return html_block(state, start, end if silent else _before_container(state, start, end), silent)

        markdown.block.ruler.at("html_block", guarded, {"alt": ["paragraph", "reference", "blockquote"]})

    def settle(self, tokens: Sequence[Token], line: Callable[[int], int]) -> None:
        """Turn the raw HTML in `tokens` that is no markup into text, and note the lines of blocks that are.

        `line` tells the line of the file, from 1, of a line of the text, from 0.
        """
        for token in tokens:
            if token.type == "html_block":
                begin = token.map[0] if token.map else 0
                token.content = "".join(self._block(token.content, begin, line))
            elif token.children:
                self._inline(token.children)

    def _begins(self, source: str, position: int) -> bool:
        if source.startswith("<!--", position):
            return self._last_comment > position
        tag = _BEGINNING.match(source, position)
        name = tag[2].lower() if tag else ""
        if tag is None or name not in KNOWN:
            return False
        if tag[1] or name in _VOID or name in _OPEN_ENDED:
            return True
        if name in _UNREAD and name not in _VERBATIM:  # then its end must be in this block
            blank = _BLANK.search(source, position)
            return source.lower().find(f"</{name}", position, blank.start() if blank else len(source)) >= 0
        return self._last.get(name, -1) > position

    def _block(self, content: str, begin: int, line: Callable[[int], int]) -> Iterator[str]:
        """The content with each `<` escaped that begins no known, closed element and no comment. It stands in the text
        from line `begin` on.
        """
        position, lowered = 0, content.lower()
        breaks = [found.start() for found in _BREAK.finditer(content)]
        for tag in _TAG_OR_COMMENT.finditer(content):
            if tag.start() < position:  # inside an element that is kept whole
                continue
            yield content[position : tag.start()].replace("<", "&lt;")
            position = tag.end()
            name = (tag[2] or "").lower()
            if name in _UNREAD and not tag[1]:
                end = lowered.find(f"</{name}", position)
                if end >= 0:
                    self._note(name, content[position:end])
                    position = content.find(">", end) + 1 or len(content)
                    yield content[tag.start() : position]
                    continue
            if tag[0].startswith("<!--"):
                yield tag[0]
            elif not self._is_markup(tag, name):
                yield tag[0].replace("<", "&lt;")
            elif name in _PLACED and not tag[1]:
                number = line(begin + bisect_left(breaks, tag.start()))
                yield f'<{tag[2]} {LINE_ATTRIBUTE}="{number}"{tag[0][1 + len(tag[2]) :]}'
            else:
                yield tag[0]
        yield content[position:].replace("<", "&lt;")

    def _is_markup(self, tag: re.Match[str], name: str) -> bool:
        """Whether a tag in a block belongs to a known element that is closed somewhere, or need not be."""
        if name not in KNOWN or name in _UNREAD:
            return False
        anchor = name == "a" and _ANCHOR.search(tag[3]) is not None
        return bool(tag[1]) or anchor or name in _VOID or name in _OPEN_ENDED or name in self._last

    def _inline(self, children: Sequence[Token]) -> None:
        """Read markup in prose, where an element is markup if it is closed in the same paragraph."""
        tags = {
            place: _TAG.fullmatch(child.content) for place, child in enumerate(children) if child.type == "html_inline"
        }
        markup = {place for place in tags if children[place].content.startswith("<!--")}
        opened: list[tuple[str, int]] = []
        for place, tag in tags.items():
            name = tag[2].lower() if tag else ""
            if tag is None or name not in KNOWN:
                continue
            if name in _VOID:
                markup |= {place} if name in _BREAKS or tag[3] else set()
            elif not tag[1]:
                opened.append((name, place))
                markup |= {place} if name == "a" and _ANCHOR.search(tag[3]) else set()
            elif (depth := _depth(opened, name)) is not None:
                first = opened[depth][1]
                markup |= {first, place}
                del opened[depth:]
                if name in _UNREAD:
                    self._note(name, "".join(child.content for child in children[first + 1 : place]))
        for place in tags:
            if place not in markup:
                children[place].type = "text"

    def _note(self, name: str, text: str) -> None:
        if name not in _NO_PROSE and any(character.isalnum() for character in _TAG.sub("", text)):
            self.dropped.add(name)


def _before_container(state: StateBlock, start: int, end: int) -> int:
    """The line of the next `:::`, which ends a block of HTML as a blank line does."""
    tag = _BEGINNING.match(state.src, state.bMarks[start] + state.tShift[start])
    if tag is None or tag[2].lower() in _VERBATIM:
        return end
    for line in range(start + 1, end):
        if state.isEmpty(line):
            break
        if state.src.startswith(":::", state.bMarks[line] + state.tShift[line]):
            return line
    return end


def _depth(opened: Sequence[tuple[str, int]], name: str) -> int | None:
    """Where in the open elements the last one of this name is."""
    return next((depth for depth in reversed(range(len(opened))) if opened[depth][0] == name), None)
