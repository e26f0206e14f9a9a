"""Inline marks and macros of AsciiDoc, less all but their text. Line breaks stay where they are."""

from __future__ import annotations

import html
import re

from indexer.parsers.markup.breaks import keeping_lines
from indexer.parsers.markup.definitions import Definitions

_MACRO = re.compile(
    r"""(?P<indexed>\(\(\([^()\n]{0,300}\)\)\)) | \(\((?P<term>[^()\n]{1,300})\)\)
      | <<(?P<reference>[^<>,]{1,300}),?(?P<said>[^<>]{0,500}+)>>
      | \[\[[^\[\]\n]{1,300}\]\]
      | (?P<uri>(?:link:|mailto:)?\b(?:https?|ftp|irc)://[^\s\[\]<>]{1,500}|\{[\w-]{1,60}\}[^\s\[\]<>{}]{0,300}|(?:link|mailto|xref|image|kbd|btn|menu):
        :?[^\s\[\]]{0,500})\[(?P<label>(?:[^\]\\]|\\.){0,1000}+)\]
      | (?P<name>[a-z][\w-]{0,40}):(?P<target>[^\s\[\]:]{0,300})\[(?P<text>(?:[^\]\\]|\\.){0,1000}+)\]""",
    re.VERBOSE,
)
_QUOTED = re.compile(r"\"`([^`]{1,1000})`\"|'`([^`]{1,1000})`'")
_MARKS = re.compile(
    r"""(?<!\\)(?:\[[\w\s.#%,="-]{1,100}\])?
        (?P<mark>\*\*|__|``|\#\#|\+\+\+|\+\+)(?P<wide>(?!\s)[\s\S]{1,1000}?)(?P=mark)
      | (?<![\w\\])(?:\[[\w\s.#%,="-]{1,100}\])?
        (?P<sign>[*_`\#+])(?P<inner>(?![\s*_`\#+])(?:(?!(?P=sign))[\s\S]){0,1000}+)(?P=sign)(?!\w)
      | (?<!\\)\^(?P<raised>[^\s^]{1,100})\^ | (?<!\\)~(?P<lowered>[^\s~]{1,100})~""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"(?<!\\)\{([\w][\w-]{0,60})\}")
_SIGNS = {
    "nbsp": " ", "empty": "", "sp": " ", "zwsp": "", "amp": "&", "lt": "<", "gt": ">", "plus": "+", "vbar": "|",
    "startsb": "[", "endsb": "]", "asterisk": "*", "backtick": "`", "apos": "'", "quot": '"', "caret": "^",
    "tilde": "~", "backslash": "\\", "ldquo": "“", "rdquo": "”", "lsquo": "‘", "rsquo": "’", "cpp": "C++", "pp": "++",
}  # fmt: skip
_SECTION = re.compile(r"[1-9][a-z]{0,3}")
_UNSAID = frozenset(("anchor", "indexterm", "include", "ifdef", "ifndef", "endif"))
_LABELLED = re.compile(r"^(?:\"([^\"]*)\"|([^,=]*))(?:,.*)?$", re.DOTALL)


def without_marks(text: str, attributes: Definitions) -> str:
    """The text of links, macros and emphasis, with what attributes such as {version} stand for, if they are known."""
    text = _ATTRIBUTE.sub(lambda found: attributes.get(found[1].lower(), _SIGNS.get(found[1], found[0])), text)
    text = _QUOTED.sub(lambda found: f"“{found[1]}”" if found[1] else f"‘{found[2]}’", text)
    text = _MACRO.sub(_macro, text)
    for _ in range(3):  # marks in marks
        changed = _MARKS.sub(_marked, text)
        if changed == text:
            break
        text = changed
    text = re.sub(r"\\([*_`#+^~{\[])", r"\1", text)
    return html.unescape(text).replace("\r", "") if "&" in text else text


@keeping_lines
def _macro(found: re.Match[str]) -> str:
    if found["indexed"] is not None:
        said = ""
    elif found["term"] is not None:
        said = found["term"]
    elif found["reference"] is not None:
        said = found["said"].strip() or found["reference"].strip().lstrip("#")
    elif found["uri"] is not None:
        said = _label(found["label"]) or re.sub(r"^(?:link|mailto|xref|image|kbd|btn|menu)::?", "", found["uri"])
        if found["uri"].startswith("menu:"):
            said = f"{found['uri'].removeprefix('menu:')} > {found['label']}"
    elif found["name"] is not None:
        if found["name"] in _UNSAID:
            said = ""
        elif found["name"].startswith("footnote"):
            said = f" ({found['text']})" if found["text"] else ""
        elif _SECTION.fullmatch(found["text"]) and found["target"]:  # a manual page, as linkgit:git-log[1] is
            said = f"{found['target']}({found['text']})"
        else:
            said = (found["text"] if "=" not in found["text"] else "") or found["target"]
    else:
        said = ""
    return said.replace("\\]", "]")


def _label(text: str) -> str:
    found = _LABELLED.match(text.strip())
    label = (found[1] or found[2] or "") if found else text
    return label.strip().removesuffix("^").strip()


@keeping_lines
def _marked(found: re.Match[str]) -> str:
    return next(found[name] for name in ("wide", "inner", "raised", "lowered") if found[name] is not None)
