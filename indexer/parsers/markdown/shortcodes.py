"""Hugo's shortcodes: tags go, what is between them stays, and so does what a tag says to a reader (`title="..."`)."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from indexer.parsers.markdown.draft import Edit, own_lines
from indexer.parsers.markdown.parameters import shown

# A tag that is not closed ends at the next braces, and at the bound, so that the search stays linear.
_TAG = re.compile(
    r"\{\{[<%]\s*+(?P<close>/?)\s*+(?P<name>[\w][\w./-]*+)(?P<rest>(?:[^{>%]|\{(?!\{)|[>%](?!\}\})){0,4000}+)[>%]\}\}"
)
# {{</* name */>}} shows a tag instead of running it, in code too
_ESCAPED = re.compile(r"\{\{([<%])/\*((?:[^*{]|\*(?!/)|\{(?!\{)){0,4000}+)\*/([>%])\}\}")
_QUOTED = re.compile(r"\"([^\"]*)\"|`([^`]*)`")
_TITLED = frozenset("tab expand details accordion accordion-item collapse collapsible button badge kbd".split())  # noqa: SIM905
_ADDRESSES = frozenset(  # the first parameter of these is none for readers
    "anchor fa figure gist icon image img instagram link ref relref tweet twitter url vimeo x youtube".split()  # noqa: SIM905
)
_PARAMETER = re.compile(r"[\"'`]?([^\W_][\w.+-]{0,40})[\"'`]?(?=\s|/?$)")  # no path, no `name=`
_FILE = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)
_VERSION = re.compile(r"v?\d+(?:\.\d+)+[\w.+-]*")
_SINCE = re.compile(r"(?:new|added|changed|deprecated|removed|available|introduced)?[-_]?(?:in|since|from|until)")
_CODE = frozenset(  # what is between is no Markdown
    "highlight code code-block code-toggle codeblock sourcecode mermaid plantuml chart math katex latex raw".split()  # noqa: SIM905
)
_FENCE = "~" * 12  # longer than what code is likely to hold


def shortcode_edits(text: str, code: Container[int]) -> Iterator[Edit]:
    """The edits that take the shortcodes out of `text`, but for those in `code`."""
    if "{{<" not in text and "{{%" not in text:
        return
    escaped = {found.start(): found for found in _ESCAPED.finditer(text)}
    tags = {found.start(): found for found in _TAG.finditer(text) if found.start() not in code}
    closed = {tag["name"]: tag.start() for tag in tags.values() if tag["close"]}  # the last closing tag of each name
    inside, begun = "", 0  # the open tag whose content is no Markdown
    for start in sorted({*tags, *escaped}):
        tag = tags.get(start)
        opens = tag is not None and not tag["close"] and closed.get(tag["name"], 0) > start
        if tag is None:
            if not inside:
                yield start, escaped[start].end(), "{{" + "".join(escaped[start].groups()) + "}}"
        elif inside:
            if tag["close"] and tag["name"] == inside:
                yield (begun, tag.end(), "") if inside == "comment" else _replaced(text, tag, _FENCE)
                inside = ""
        elif opens and tag["name"] == "comment":
            inside, begun = "comment", start
        elif opens and _is_code(tag) and own_lines(text, *tag.span()):
            inside = tag["name"]
            yield _replaced(text, tag, "\n\n".join((*_words(tag), _FENCE)))
        else:
            alone = own_lines(text, *tag.span())
            told = not tag["close"] and text[start - 2 : start] != "]("  # and not the target of a link
            words = (_words(tag) or ([] if opens else _parameter(tag, bool(alone)))) if told else []
            inline = " ".join(words) + " " * bool(words and opens)  # what is between follows
            yield _replaced(text, tag, "\n\n".join(words)) if alone else (*tag.span(), inline)


def _is_code(tag: re.Match[str]) -> bool:
    """Whether what is between is no Markdown. A tab with a language is Docsy's."""
    return tag["name"] in _CODE or (tag["name"] == "tab" and tag[0].startswith("{{<") and "lang=" in tag["rest"])


def _replaced(text: str, tag: re.Match[str], words: str) -> Edit:
    """A tag that has its lines for itself replaced by `words`, a block that is indented as the tag is. What closes a
    fence without a line of its own begins one.
    """
    lines = own_lines(text, *tag.span())
    if lines is None:
        return *tag.span(), f"\n{words}\n"
    indent = text[lines[0] : tag.start()]
    if words and not words.endswith(_FENCE):
        words = f"\n{words}\n"
    return *lines, "\n".join(indent + line if line else "" for line in words.split("\n"))


def _words(tag: re.Match[str]) -> list[str]:
    """The words that a tag shows: its telling parameters, else its title, where the first of the others is one."""
    words = shown(tag["rest"])
    if not words and tag["name"] == "glossary_tooltip":  # Kubernetes: the term itself stands in the sentence
        term = re.search(r"term_id=\"([^\"]*)\"", tag["rest"])
        return [term[1]] if term else []
    first = _QUOTED.match(tag["rest"].strip())
    title = (first[1] or first[2]) if first else None
    if not words and title and (tag["name"] in _TITLED or " " in title.strip()):
        return [title.strip()]
    return words


def _parameter(tag: re.Match[str], alone: bool) -> list[str]:
    """The first parameter, as far as a sentence would lack it: a version, a word."""
    found = _PARAMETER.match(tag["rest"].strip())
    if found is None or tag["name"] in _ADDRESSES:
        return []
    if _VERSION.fullmatch(found[1]):
        since = _SINCE.fullmatch(tag["name"]) is not None
        return [f"{re.sub('[-_]', ' ', tag['name'])} {found[1]}" if since else found[1]]
    return [] if alone or _FILE.search(found[1]) else [found[1]]
