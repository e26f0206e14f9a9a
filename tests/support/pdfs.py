"""Small PDFs written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold", "F3": "Courier"}
_COLUMN = 14  # points from one line of a column to the next


def make_pdf(pages: Sequence[Sequence[str]], title: str | None = None) -> bytes:
    """A PDF with the given lines (ASCII) on its pages."""
    kids = [4 + 2 * index for index in range(len(pages))]
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    for kid, lines in zip(kids, pages, strict=True):
        escaped = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines]
        shown = " ".join(f"({line}) Tj T*" for line in escaped)
        stream = f"BT /F1 11 Tf 14 TL 50 780 Td {shown} ET".encode()
        objects[kid] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {kid + 1} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        ).encode()
        objects[kid + 1] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
    info = max(objects) + 1
    objects[info] = f"<< /Title ({title}) /Author (A. Writer) >>".encode() if title else b"<< >>"
    return _assembled(objects, info)


@dataclass(frozen=True)
class Text:
    """One line at (x, y), in points from the lower left corner of a page of 595 x 842. `degrees`: turned, clockwise;
    `fixed`: in type of one width.
    """

    x: float
    y: float
    text: str
    size: float = 11
    bold: bool = False
    degrees: int = 0
    fixed: bool = False


def column(x: float, y: float, lines: Sequence[str], size: float = 11) -> list[Text]:
    """Lines below each other, the first one at `y`."""
    return [Text(x, y - _COLUMN * i, line, size) for i, line in enumerate(lines)]


@dataclass(frozen=True)
class Drawing:
    """A page. `fields` are (name, value, x, y) of text fields, `ticks` (x, y, ticked), `comments` (author, text)."""

    texts: Sequence[Text] = ()
    rotate: int = 0
    image: bool = False
    fields: Sequence[tuple[str, str, float, float]] = ()
    ticks: Sequence[tuple[float, float, bool]] = ()
    comments: Sequence[tuple[str, str]] = ()


@dataclass
class _Objects:
    found: dict[int, bytes] = field(default_factory=dict)

    def add(self, data: str | bytes) -> int:
        number = len(self.found) + 1
        self.found[number] = data.encode("latin-1") if isinstance(data, str) else data
        return number

    def stream(self, data: bytes, entries: str = "") -> int:
        return self.add(b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries.encode(), len(data), data))


def draw_pdf(
    drawings: Sequence[Drawing | Sequence[Text]],
    *,
    info: Mapping[str, str] | None = None,
    outline: Sequence[tuple[str, int]] = (),
    attachment: str | None = None,
    stand_for: Mapping[str, str] | None = None,
) -> bytes:
    """A PDF with texts where they are said to stand; `outline` are bookmarks: a title and the index of a page each.

    `stand_for` tells what the fonts say that characters stand for.
    """
    objects = _Objects()
    catalog = objects.add("")
    pages = objects.add("")
    entries = "/Encoding /WinAnsiEncoding"
    if stand_for:
        entries += f" /ToUnicode {objects.stream(_to_unicode(stand_for))} 0 R"
    fonts = " ".join(
        f"/{name} {objects.add(f'<< /Type /Font /Subtype /Type1 /BaseFont /{font} {entries} >>')} 0 R"
        for name, font in _FONTS.items()
    )
    fields: list[int] = []
    kids = [_page(objects, _drawing(drawing), pages, fonts, fields) for drawing in drawings]
    objects.found[pages] = f"<< /Type /Pages /Count {len(kids)} /Kids [{_references(kids)}] >>".encode()
    entries = f"/Type /Catalog /Pages {pages} 0 R"
    if fields:
        entries += f" /AcroForm << /Fields [{_references(fields)}] >>"
    if outline:
        entries += f" /Outlines {_outline(objects, outline, kids)} 0 R"
    if attachment:
        file = objects.stream(b"data", "/Type /EmbeddedFile")
        spec = objects.add(f"<< /Type /Filespec /F ({attachment}) /UF ({attachment}) /EF << /F {file} 0 R >> >>")
        entries += f" /Names << /EmbeddedFiles << /Names [({attachment}) {spec} 0 R] >> >>"
    objects.found[catalog] = f"<< {entries} >>".encode()
    about = objects.add("<< " + " ".join(f"/{name} ({value})" for name, value in (info or {}).items()) + " >>")
    return _assembled(objects.found, about)


def _to_unicode(stand_for: Mapping[str, str]) -> bytes:
    pairs = "\n".join(f"<{ord(one):02X}> <{said.encode('utf-16-be').hex()}>" for one, said in stand_for.items())
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def\n"
        f"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n{len(stand_for)} beginbfchar\n{pairs}\nendbfchar\n"
        "endcmap end end"
    ).encode()


def _drawing(drawing: Drawing | Sequence[Text]) -> Drawing:
    return drawing if isinstance(drawing, Drawing) else Drawing(drawing)


def _page(objects: _Objects, drawing: Drawing, pages: int, fonts: str, fields: list[int]) -> int:
    content = "\n".join(map(_shown, drawing.texts))
    resources = f"/Font << {fonts} >>"
    if drawing.image:
        entries = "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"
        resources += f" /XObject << /Im {objects.stream(bytes([0]), entries)} 0 R >>"
        content += "\nq 595 0 0 842 0 0 cm /Im Do Q"
    stream = objects.stream(content.encode("cp1252"))
    annotations = [objects.add(_text_field(*of)) for of in drawing.fields]
    annotations += [objects.add(_tick(objects, *of)) for of in drawing.ticks]
    fields += annotations
    annotations += [objects.add(_comment(*of)) for of in drawing.comments]
    return objects.add(
        f"<< /Type /Page /Parent {pages} 0 R /MediaBox [0 0 595 842] /Rotate {drawing.rotate} /Contents {stream} 0 R"
        f" /Resources << {resources} >> /Annots [{_references(annotations)}] >>"
    )


def _shown(text: Text) -> str:
    turns = {0: "1 0 0 1", 90: "0 -1 1 0", 180: "-1 0 0 -1", 270: "0 1 -1 0"}[text.degrees]
    escaped = text.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    font = "F3" if text.fixed else "F2" if text.bold else "F1"
    return f"BT /{font} {text.size} Tf {turns} {text.x} {text.y} Tm ({escaped}) Tj ET"


def _text_field(name: str, value: str, x: float, y: float) -> str:
    return (
        f"<< /Type /Annot /Subtype /Widget /FT /Tx /T ({name}) /V ({value}) /F 4"
        f" /Rect [{x} {y} {x + 200} {y + 14}] /DA (/F1 11 Tf) >>"
    )


def _tick(objects: _Objects, x: float, y: float, ticked: bool) -> str:
    empty = objects.stream(b"", "/Type /XObject /Subtype /Form /BBox [0 0 10 10]")
    state = "Yes" if ticked else "Off"
    return (
        f"<< /Type /Annot /Subtype /Widget /FT /Btn /T (box{x}-{y}) /V /{state} /AS /{state} /F 4"
        f" /Rect [{x} {y} {x + 10} {y + 10}] /AP << /N << /Yes {empty} 0 R /Off {empty} 0 R >> >> >>"
    )


def _comment(author: str, text: str) -> str:
    return f"<< /Type /Annot /Subtype /Text /Contents ({text}) /T ({author}) /Rect [0 0 20 20] /F 4 >>"


def _outline(objects: _Objects, outline: Sequence[tuple[str, int]], kids: Sequence[int]) -> int:
    first = len(objects.found) + 2  # behind the root
    root = objects.add(f"<< /Type /Outlines /First {first} 0 R /Last {first + len(outline) - 1} 0 R >>")
    for i, (title, page) in enumerate(outline):
        following = f"/Next {first + i + 1} 0 R" if i + 1 < len(outline) else ""
        objects.add(f"<< /Title ({title}) /Parent {root} 0 R {following} /Dest [{kids[page]} 0 R /Fit] >>")
    return root


def _references(numbers: Sequence[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)


def _assembled(objects: dict[int, bytes], info: int) -> bytes:
    body, offsets = b"%PDF-1.4\n", []
    for number in sorted(objects):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, info, len(body))
    )
