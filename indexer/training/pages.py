"""Headings and the sections under them, from Markdown and HTML documentation."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator


def clean_markup(text: str) -> str:
    """Strip code blocks, template tags, HTML and Markdown marks from a piece of documentation."""
    text = re.sub(r"```.*?```|<pre.*?</pre>|\{%.*?%\}|\{:.*?\}|<!--.*?-->", " ", text, flags=re.S)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"<[^>]+>", " ", text)
    text = re.sub(r"[`*|]|:?-{3,}:?", " ", html.unescape(text))
    return re.sub(r"\s+", " ", text).strip()


def sections(text: str) -> Iterator[tuple[str, str]]:
    """Yield (heading, body) of a Markdown or HTML page; the heading is the page's title for its opening."""
    front = re.match(r"---\n(.*?)\n---\n", text, flags=re.S)
    title = ""
    if front:
        found = re.search(r"^title:\s*(.+)$", front.group(1), flags=re.M)
        title = found.group(1).strip(" \"'") if found else ""
        text = text[front.end() :]
    text = re.sub(r"```.*?```|<pre.*?</pre>", " ", text, flags=re.S)
    parts = re.split(r"^#{1,5}[ \t]+([^\n]+)$|<h[1-5][^>]*>(.*?)</h[1-5]>", text, flags=re.M | re.S)
    yield title, clean_markup(parts[0])
    for i in range(1, len(parts) - 2, 3):
        heading = clean_markup(parts[i] or parts[i + 1] or "")
        yield (heading if heading != title else title), clean_markup(parts[i + 2])
