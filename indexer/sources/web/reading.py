"""One page or file of a site, told by the header of its answer: whether it is a document, and the source that it is."""

from __future__ import annotations

import codecs
import mimetypes
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from engine.types import Metadata, MetadataValue
from indexer.parsers import HEAD, parser_for
from indexer.parsers.archives.names import web_name
from indexer.sources.facts import facts_of
from indexer.sources.source import Source
from indexer.sources.submitted import SubmittedFile, file_source
from indexer.sources.web.fetching import Answer

# Pages and what people write to be read. Data, code and archives that a site offers are files to be named.
_WRITTEN = ("text", "markdown", "html", "rst", "asciidoc", "org", "latex", "man", "wikitext", "notebook")
_DOCUMENTS = {*_WRITTEN, "pdf", "docx", "pptx", "sheet", "opendocument", "rtf", "epub", "legacy"}
_VAGUE = ("", "application/octet-stream", "binary/octet-stream", "text/plain")
_NO_TEXT = ("image/", "audio/", "video/", "font/")
_SETTLED = timedelta(seconds=2)  # what changed so short before it was sent may change again with the same date
_TYPES = mimetypes.MimeTypes()  # what Python knows, not the machine


def is_document(address: str, answer: Answer) -> bool:
    """Whether an answer may be a document, as far as its header tells."""
    parser = parser_for(web_name(address, answer.kind))
    return answer.kind in _VAGUE if parser is None else parser.name in _DOCUMENTS


def is_media(address: str) -> bool:
    """Whether an address names an image, a film, a sound or a font, by its suffix."""
    kind, _ = _TYPES.guess_type(urlsplit(address).path)
    return kind is not None and kind.startswith(_NO_TEXT)


def is_html(address: str, answer: Answer) -> bool:
    parser = parser_for(web_name(address, answer.kind), answer.body[:HEAD])
    return parser is not None and parser.name == "html"


def source_of(address: str, answer: Answer) -> Source | None:
    """The source that an answer is; None if it is no document after all."""
    name = web_name(address, answer.kind)
    data = decoded(answer)
    parser = parser_for(name, data[:HEAD])
    if parser is None or parser.name not in _DOCUMENTS:
        return None
    return replace(file_source(SubmittedFile(address, name, data)), facts=_facts(address, parser.name, answer))


def decoded(answer: Answer) -> bytes:
    """The bytes of the answer; text in an encoding that only the header names, in UTF-8 and marked as such."""
    body, charset = answer.body, answer.charset.lower()
    if not charset or not answer.kind.startswith(("text/", "application/xhtml")) or body.startswith(codecs.BOM_UTF8):
        return body
    escaped = charset.startswith(("iso-2022", "utf-16", "utf-32", "hz"))  # all bytes of these may be UTF-8 as well
    try:
        text = body.decode(charset if escaped else "utf-8")
    except (LookupError, ValueError):
        try:
            text = body.decode("windows-1252" if charset in ("iso-8859-1", "latin1", "latin-1") else charset)
        except (LookupError, ValueError):
            return body
    return codecs.BOM_UTF8 + text.encode("utf-8", errors="replace")


def last_modified(answer: Answer) -> datetime | None:
    return _date(answer, "last-modified")


def validators(answer: Answer) -> tuple[str, str]:
    """The ETag and the Last-Modified that tell this answer from later ones; "" for each that does not."""
    modified, sent = last_modified(answer), _date(answer, "date")
    settled = modified is not None and sent is not None and sent - modified >= _SETTLED
    return answer.headers.get("etag", ""), answer.headers.get("last-modified", "") if settled else ""


def _date(answer: Answer, header: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(answer.headers.get(header, ""))
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=found.tzinfo or UTC)


def _facts(address: str, parser: str, answer: Answer) -> Metadata:
    """Facts of a page beside its text, as those of a file: folder, kind, bytes, modified."""
    facts: dict[str, MetadataValue] = dict(facts_of(urlsplit(address).path.lstrip("/"), None))
    facts["kind"] = "html" if parser == "html" else facts.get("kind") or parser
    facts["bytes"] = len(answer.body)
    if (modified := last_modified(answer)) is not None:
        facts["modified"] = modified.astimezone(UTC)
    return facts
