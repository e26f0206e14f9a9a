"""Properties that a PDF gives itself: title, author, dates, subject, keywords; and titles that no person gave it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import PurePath

from engine.types import MetadataValue
from indexer.parsers.metadata import keywords_of, typed
from indexer.parsers.pdf.paragraphs import Block
from indexer.parsers.pdf.rows import letters

FIELDS = ("Title", "Author", "Subject", "Keywords", "CreationDate", "ModDate")

_LENGTH = 200  # characters of a title
_FIRST_LINE = 120  # the same of one that the page prints
_LARGER = 1.1  # than the text, times: the type of a title
_FIRST_PAGES = 3  # the title stands on the first of these that has text
_NO_TITLE = re.compile(
    r"""\(?(?:anonymous|unspecified|untitled.*|unbenannt.*|sans[ ]titre.*|no[ ]title|title|titre|titel|
    (?:new[ ]|word[ ])?document[ ]?\d*|dokument[ ]?\d*|layout[ ]\d+|slide[ ]\d+|folie[ ]\d+|binder[ ]?\d*|print|scan.*|
    (?:table[ ]of[ ])?contents|inhalt(?:sverzeichnis)?|none|null|unknown|powerpoint[ ]presentation|presentation[ ]?\d*|
    blank[ ]page|full[ ]page.*|template|no[ ]job[ ]name|
    (?:microsoft|ms)[ ](?:office[ ])?(?:word|excel|powerpoint|publisher)\b.*)\)?""",
    re.IGNORECASE | re.VERBOSE,
)
_FILE = re.compile(
    r".*\.(?:docx?|docm|rtf|od[tps]|xlsx?|pptx?|pdf|qx[dp]|indd|inx|exe|tex|dvi|e?ps|wpd|pmd|p65|fm|ai|cdr|dwg|vsdx?"
    r"|html?|txt|md|pub|pages|key|jpe?g|png|tiff?|bmp|gif|sgml?|xml|tmp|dot[xm]?|csv|book|mif|job)\d?",
    re.IGNORECASE | re.DOTALL,
)
_PATH = re.compile(r"[a-z]:[\\/]|file:|https?:|\\\\|/\w+/", re.IGNORECASE)
_CODE_NAME = re.compile(r"\S*[\d_]\S*")  # one word with figures or underscores
_DATE = re.compile(
    r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*(?:(Z)|([+-])(\d\d)'?(\d\d)?'?)?.*", re.DOTALL | re.ASCII
)


def metadata(about: Mapping[str, str], pages: int) -> dict[str, MetadataValue]:
    """`date` is when the document was made; `modified`, where that was on another day, when it was last changed."""
    made, changed = read_date(about["CreationDate"]), read_date(about["ModDate"])
    values = {
        "author": _entered(about["Author"]),
        "subject": _entered(about["Subject"]),
        "keywords": keywords_of(about["Keywords"]),
        "date": made or changed,
        "modified": changed if made and changed and changed.date() != made.date() else None,
    }
    found: dict[str, MetadataValue] = {"pages": pages}
    for name, value in values.items():
        if value and (kept := typed(value)) is not None:
            found[name] = kept
    return found


def _entered(text: str) -> str:
    """The value, or nothing where a program says that nobody entered it."""
    return "" if _NO_TITLE.fullmatch(text) else text


def read_date(text: str) -> datetime | None:
    """A date of PDF, such as D:20240131093000+01'00', in UTC; None if it is none."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in match.groups()[:6])
    offset = timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0))
    try:
        zone = timezone(-offset if match[8] == "-" else offset) if match[8] else UTC
        moment = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, min(59, second or 0), tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def title(about: Mapping[str, str], blocks: Sequence[Block], body: float, name: str) -> tuple[str, bool]:
    """The title, and whether it is the file's name.

    The one that the PDF declares, unless a program gave it; else what is printed largest on the first page; else the
    first line, if it is short.
    """
    front = _front(blocks)
    declared = " ".join(about["Title"].split())
    if _is_title(declared, front):
        return declared[:_LENGTH], False
    for found in (_of_manual(front), _largest(front, body), _first_line(front)):
        if found and not _NO_TITLE.fullmatch(found):
            return found, False
    return PurePath(name).stem or "document", True


def _front(blocks: Sequence[Block]) -> list[Block]:
    """Blocks of the first page that has text."""
    first = min((block.page for block in blocks), default=0)
    return [block for block in blocks if block.page == first and not block.aside] if first <= _FIRST_PAGES else []


def _is_title(declared: str, front: Sequence[Block]) -> bool:
    if len(letters(declared)) < 2 or "\ufffd" in declared:
        return False
    if _NO_TITLE.fullmatch(declared) or _FILE.fullmatch(declared) or _PATH.match(declared):
        return False
    if _CODE_NAME.fullmatch(declared):
        return any(declared in line.text for block in front for line in block.lines)
    return True


def _of_manual(front: Sequence[Block]) -> str:
    """The text that a manual page has below NAME."""
    if len(front) < 2 or _text(front[0]) != "NAME":
        return ""
    said = front[1].row or _text(front[1])
    return said if len(said) <= _FIRST_LINE else ""


def _largest(front: Sequence[Block], body: float) -> str:
    """The words printed largest, with the following lines in the same type; nothing if that is no larger than text."""
    fit = [
        block
        for block in front
        if not block.row and len(letters(_text(block))) > 3 and len(_text(block)) <= _LENGTH and "@" not in _text(block)
    ]
    if not fit:
        return ""
    size = max(block.size for block in fit)
    if size < _LARGER * body:
        heading = next((block for block in fit if block.level), None)
        return _text(heading) if heading else ""
    first = next(i for i, block in enumerate(front) if block in fit and block.size > 0.95 * size)
    said = ""
    for block in front[first : first + 4]:
        more = f"{said} {_text(block)}".strip()
        if block.row or block.size < 0.95 * size or (said and len(more) > _FIRST_LINE):
            break
        said = more
    return said


def _first_line(front: Sequence[Block]) -> str:
    for block in front[:1]:
        text = block.row or _text(block)
        if len(text) <= _FIRST_LINE and letters(text):
            return text
    return ""


def _text(block: Block) -> str:
    return " ".join(line.text for line in block.lines)
