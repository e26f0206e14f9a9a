"""Properties that a document gives itself: title, author, dates, keywords. And which titles are nobody's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lxml import etree

from engine.types import MetadataValue
from indexer.parsers.decoding import clean
from indexer.parsers.metadata import keywords_of, language_code, typed
from indexer.parsers.office.package import Package
from indexer.parsers.office.xml import local, text_of

# What programs write where the author has written nothing.
_NOBODYS = re.compile(
    r"(?:untitled|unbenannt|sans titre|document|dokument|doc|presentation|pr[äa]sentation|présentation|slide|folie|book"
    r"|mappe|workbook|classeur|title|powerpoint[ -]\w+)[ -]?\d{0,3}"
    r"|microsoft \w+ - .{0,200}|.{0,200}\.(?:docx?|docm|dotx?|rtf|odt|pptx?|ppsx?|odp|xlsx?|ods|tmp)",
    re.IGNORECASE,
)
_FIELDS = {  # of Dublin Core, of OOXML and of OpenDocument
    "creator": "author",
    "initial-creator": "author",
    "subject": "subject",
    "description": "description",
    "keywords": "keywords",
    "keyword": "keywords",
    "category": "category",
    "created": "created",
    "creation-date": "created",
    "modified": "date",
    "date": "date",
}
_DATES = ("created", "date")


def is_title(text: str) -> bool:
    """Whether somebody wrote this title."""
    return bool(text) and _NOBODYS.fullmatch(text) is None


def core_properties(package: Package) -> tuple[str, str | None, dict[str, MetadataValue]]:
    """Title ("" without one), language and metadata of an OOXML package."""
    for name in (*package.related("", "core-properties"), "docProps/core.xml"):
        root = package.xml(name)
        if root is not None:
            return properties(root)
    return "", None, {}


def properties(elements: Iterable[etree._Element]) -> tuple[str, str | None, dict[str, MetadataValue]]:
    """Title ("" without one), language and metadata from elements that hold one property each."""
    title, language = "", None
    found: dict[str, list[str]] = {}
    for element in elements:
        name, text = local(element), clean(text_of(element))
        if name == "title" and is_title(text):
            title = title or text
        elif name == "language":
            language = language or language_code(text)
        elif name in _FIELDS and text:
            found.setdefault(_FIELDS[name], []).append(text)
    return title, language, _metadata(found)


def _metadata(found: Mapping[str, list[str]]) -> dict[str, MetadataValue]:
    metadata: dict[str, MetadataValue] = {}
    for name, texts in found.items():
        if name == "keywords":
            value = typed(keywords_of(";".join(texts)))
        else:
            value = typed(", ".join(dict.fromkeys(texts)) if name == "author" else texts[0])
        if value is not None and (name not in _DATES or not isinstance(value, str)):  # a date that is none
            metadata[name] = value
    if "date" not in metadata and "created" in metadata:
        metadata["date"] = metadata["created"]
    return metadata
