"""Small office files, made of their parts: only what a parser looks at."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
C = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
WP = 'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODF = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "style", "draw", "presentation", "svg-compatible")
    )
    + ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of parts by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def relations(targets: Mapping[str, tuple[str, str]]) -> str:
    """The part that lists what another one refers to: kind and target by id."""
    entries = "".join(
        f'<Relationship Id="{identifier}" Type="{TYPE}/{kind}" Target="{target}"/>'
        for identifier, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{RELATIONS}">{entries}</Relationships>'


def core(title: str = "", creator: str = "", created: str = "") -> str:
    """The part with a document's properties."""
    return (
        '<cp:coreProperties xmlns:cp="cp" xmlns:dc="dc" xmlns:dcterms="dcterms">'
        f"<dc:title>{title}</dc:title><dc:creator>{creator}</dc:creator><dcterms:created>{created}</dcterms:created>"
        "</cp:coreProperties>"
    )


def paragraph(text: str, style: str = "", properties: str = "") -> str:
    """A paragraph of Word."""
    styled = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f'<w:p><w:pPr>{styled}{properties}</w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def make_docx(body: str, properties: str = "", more: Mapping[str, str] | None = None, **parts: str) -> bytes:
    """A Word document. `parts` are those that it refers to, by kind: `styles`, `footnotes`, `comments`, ...; `more`
    are further ones, by name.
    """
    targets = {f"id_{kind}": (kind.rstrip("12"), f"{kind}.xml") for kind in parts}
    return zipped(
        {
            "_rels/.rels": relations({"m": ("officeDocument", "word/document.xml")}),
            "word/document.xml": f"<w:document {W} {R} {MC} {WP} {A} {C}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": relations(targets),
            **{f"word/{kind}.xml": content for kind, content in parts.items()},
            **({"docProps/core.xml": properties} if properties else {}),
            **(more or {}),
        }
    )


def shape(*lines: str, placeholder: str = "", place: tuple[int, int] | None = None) -> str:
    """A text frame of a slide; `place` is its top and its left in EMU."""
    offset = f'<a:xfrm><a:off x="{place[1]}" y="{place[0]}"/></a:xfrm>' if place else ""
    kind = f'<p:ph type="{placeholder}"/>' if placeholder else ""
    text = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
    return (
        f"<p:sp><p:nvSpPr><p:cNvPr/><p:cNvSpPr/><p:nvPr>{kind}</p:nvPr></p:nvSpPr>"
        f"<p:spPr>{offset}</p:spPr><p:txBody>{text}</p:txBody></p:sp>"
    )


def make_pptx(*slides: str, more: Mapping[str, str] | None = None) -> bytes:
    """A presentation of slides, each given by its shapes; `more` are further parts, by name."""
    numbers = range(1, len(slides) + 1)
    listed = "".join(f'<p:sldId id="{255 + number}" r:id="r{number}"/>' for number in numbers)
    return zipped(
        {
            "_rels/.rels": relations({"m": ("officeDocument", "ppt/presentation.xml")}),
            "ppt/presentation.xml": f"<p:presentation {P} {R}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": relations(
                {f"r{number}": ("slide", f"slides/slide{number}.xml") for number in numbers}
                | {"authors": ("commentAuthors", "authors.xml")}
            ),
            **{
                f"ppt/slides/slide{number}.xml": (
                    f"<p:sld {P} {A} {R} {C} {MC}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
                )
                for number, shapes in enumerate(slides, start=1)
            },
            **(more or {}),
        }
    )


def make_xlsx(sheets: Mapping[str, str], more: Mapping[str, str] | None = None) -> bytes:
    """A workbook of sheets, each given by its rows in XML."""
    names = list(sheets)
    listed = "".join(f'<sheet name="{name}" sheetId="{at}" r:id="r{at}"/>' for at, name in enumerate(names, start=1))
    return zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": relations({"m": ("officeDocument", "xl/workbook.xml")}),
            "xl/workbook.xml": f'<workbook xmlns="{SHEETS}" {R}><sheets>{listed}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(
                {f"r{at}": ("worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(names) + 1)}
            ),
            **{
                f"xl/worksheets/sheet{at}.xml": (
                    f'<worksheet xmlns="{SHEETS}"><sheetData>{sheets[name]}</sheetData></worksheet>'
                )
                for at, name in enumerate(names, start=1)
            },
            **(more or {}),
        }
    )


def make_odf(body: str, automatic: str = "", more: Mapping[str, str] | None = None) -> bytes:
    """An OpenDocument file; `body` begins with the element of its kind, `automatic` are styles."""
    content = (
        f"<office:document-content {ODF}><office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body>{body}</office:body></office:document-content>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument", "content.xml": content, **(more or {})})


def make_epub(chapters: Mapping[str, str], metadata: str = "", more: Mapping[str, str] | None = None) -> bytes:
    """A book of chapters in their order, each a page of HTML by its name."""
    items = "".join(
        f'<item id="i{at}" href="{name}" media-type="application/xhtml+xml"/>' for at, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="i{at}"/>' for at in range(len(chapters)))
    extra = "".join(
        f'<item id="{name}" href="{name}" media-type="application/x-dtbncx+xml"/>'
        for name in (more or {})
        if name.endswith(".ncx")
    )
    return zipped(
        {
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="book/a.opf"/></rootfiles></container>',
            "book/a.opf": (
                f'<package xmlns:dc="dc"><metadata>{metadata}</metadata><manifest>{items}{extra}</manifest>'
                f"<spine>{spine}</spine></package>"
            ),
            **{f"book/{name}": page for name, page in chapters.items()},
            **{name if "/" in name else f"book/{name}": part for name, part in (more or {}).items()},
        }
    )
