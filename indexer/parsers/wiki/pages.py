"""The pages in the XML of a dump, as a stream: no more than one page is in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.parsers import expat

from engine.errors import ParseFailed

_PAGE = 16 * 2**20  # code points of a page; MediaWiki allows 2 MiB
_VALUE = 10_000  # of any other value
_DEEPEST = 100
_REMEDY = "Download or export it once more."
_VALUES = {
    "siteinfo/base": "base",
    "page/title": "title",
    "page/ns": "namespace",
    "page/id": "id",
    "revision/timestamp": "timestamp",
    "revision/model": "model",
    "revision/text": "text",
}


@dataclass(slots=True)
class Page:
    """A page as its dump gives it, with the text of its last revision. `line`: where it begins in the XML."""

    line: int
    title: str = ""
    namespace: str = "0"  # old dumps do not say
    id: str = ""
    redirect: bool = False
    timestamp: str = ""
    model: str = ""
    text: str = ""
    too_long: bool = False


class Pages:
    """Takes the XML in pieces, and gives the pages that end in each. `base` is the address of the wiki's main page."""

    def __init__(self) -> None:
        self.base = self.language = ""
        self._names: dict[str, str] = {}  # namespaces by their keys
        self._path: list[str] = []
        self._key = ""
        self._page: Page | None = None
        self._done: list[Page] = []
        self._parts: list[str] = []
        self._length = 0
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype

    def namespaces(self, keys: Sequence[str]) -> list[str]:
        """Names of the namespaces with these keys in the wiki's own language, in lower case."""
        return [self._names[key].lower() for key in keys if self._names.get(key)]

    def feed(self, data: bytes) -> list[Page]:
        """The pages that end in these bytes; b"" ends the dump.

        Raises:
            ParseFailed: the XML is damaged, cut off, or declares entities.
        """
        try:
            self._parser.Parse(data, not data)
        except expat.ExpatError as error:
            line = self._parser.CurrentLineNumber
            raise ParseFailed(f"The dump is cut off or damaged in line {line}: {_said(error)}.", _REMEDY) from error
        except (LookupError, ValueError) as error:
            raise ParseFailed(f"The dump's encoding cannot be read: {error}.", "Save it as UTF-8.") from error
        done, self._done = self._done, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= _DEEPEST:
            raise ParseFailed("The dump is nested too deeply.", _REMEDY)
        if not self._path:
            self.language = attributes.get("xml:lang", "")
        self._path.append(name)
        self._parts, self._length = [], 0
        if name == "page":
            self._page = Page(self._parser.CurrentLineNumber)
        elif name == "redirect" and self._page is not None:
            self._page.redirect = True
        elif name == "namespace":
            self._key = attributes.get("key", "")

    def _text(self, text: str) -> None:
        limit = _PAGE if self._path[-1] == "text" else _VALUE
        self._length += len(text)
        if self._length <= limit:
            self._parts.append(text)
        elif self._page is not None and limit == _PAGE:
            self._page.too_long = True

    def _end(self, name: str) -> None:
        value, place = "".join(self._parts), "/".join(self._path[-2:])
        self._path.pop()
        self._parts, self._length = [], 0
        field = _VALUES.get(place)
        if name == "namespace":
            self._names[self._key] = value.strip()
        elif field == "base":
            self.base = value
        elif field and self._page is not None:
            setattr(self._page, field, value if field == "text" else value.strip())
        elif name == "page" and self._page is not None:
            self._done.append(self._page)
            self._page = None

    def _doctype(self, *declared: object) -> None:
        raise ParseFailed("The dump declares a document type, as none does.", _REMEDY)


def _said(error: expat.ExpatError) -> str:
    return expat.ErrorString(error.code) or "no XML"
