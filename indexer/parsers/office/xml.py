"""XML read without entities, and elements found by their names whatever the namespace.

Each of these formats has two sets of namespaces for the same elements, one of them little known ("strict").
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.errors import ParseFailed


def parse_xml(data: bytes, name: str) -> etree._Element:
    """The root element.

    Raises:
        ParseFailed: it is no XML, nested more than 256 deep, or memory ran out.
    """
    # The bounds of libxml2 stay on: `huge_tree` would let entities in attributes grow without end.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:  # lxml gives no MemoryError
            raise ParseFailed(f"Its part {name} takes more memory than there is.", "Split the document.") from error
        raise ParseFailed(f"Its part {name} is damaged: {error}.", "Save it again from its program.") from error
    return root


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element | None, name: str) -> str:
    """An attribute by its name without namespace; "" where there is none."""
    if element is not None:
        for key, value in element.attrib.items():
            if key == name or key.endswith("}" + name):
                return str(value)
    return ""


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The direct children of a name."""
    yield from element.iterchildren(f"{{*}}{name}")


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first child of the first name, its first child of the next name, and so on; None where one is missing."""
    for name in path:
        if element is None:
            return None
        element = next(element.iterchildren(f"{{*}}{name}"), None)
    return element


def descendants(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """All elements below of these names, in the order of the document."""
    yield from element.iterdescendants(*(f"{{*}}{name}" for name in names))


def text_of(element: etree._Element | None) -> str:
    """All text below, white space collapsed."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""
