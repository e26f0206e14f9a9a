"""Meanings of the elements of well-known XML vocabularies: DocBook, TEI, FictionBook, JATS, DITA, feeds. Names in lower case.
"""

from __future__ import annotations

# The root of a document: its elements are text. Of any other root they are values, whose names tell what they are.
DOCUMENTS = frozenset(
    """article book bookmap chapter concept dialogue fictionbook glossary map part reference refentry section set svg
    task tei tei.2 teicorpus text topic troubleshooting""".split()  # noqa: SIM905
)
HEADINGS = frozenset(("title", "head", "heading", "bridgehead", "book-title", "article-title", "headline"))

TITLED = frozenset(("channel", "head", "info", "metadata"))  # their title is that of the file, as the root's is

# A title in one of these names a figure or a book that is spoken of, and begins no section.
CAPTIONED = frozenset(
    """abbrev analytic bibl biblioentry biblfull biblioset biblstruct citation element-citation equation example
    fig figure formalpara informaltable list mixed-citation monogr mstitle ref series svg symbol table table-wrap
    tablewrap""".split()  # noqa: SIM905
)
PARAGRAPHS = frozenset(
    """ab address aff affiliation author caption contrib citetitle dd desc dt editor l lg line p para paragraph remark shortdesc simpara subtitle summary
    term text-author v verse""".split()  # noqa: SIM905
)
INLINE = frozenset(
    """a abbr acronym anchor b bold citation code codeph command email emphasis ext-link filename filepath firstterm
    foreignphrase function gloss guibutton guilabel guimenu hi i inlineequation inlinegraphic italic keycap literal
    monospace parmname persname phrase placename quote ref s sc seg span strike strong style sub subscript sup superscript
    tt u uicontrol ulink underline uri userinput varname w x xref""".split()  # noqa: SIM905
)
TYPOGRAPHIC = frozenset(("b", "br", "em", "emphasis", "i", "span", "strong", "sub", "sup", "u"))  # inline anywhere
VERBATIM = frozenset(
    "programlisting screen literallayout pre codeblock eg synopsis preformat lines msgblock code-block".split()  # noqa: SIM905
)
ITEMS = frozenset("item li listitem list-item step sli substep".split())  # noqa: SIM905
ROWS = frozenset("row tr strow sthead".split())  # noqa: SIM905
TABLE_PARTS = frozenset("tbody tfoot tgroup thead".split())  # noqa: SIM905
CELLS = frozenset("cell entry stentry td th".split())  # noqa: SIM905
FEEDS = frozenset(("rss", "feed"))
SAID_BY_FEEDS = frozenset(("label", "term", "text", "title"))  # of their attributes; the others are for programs
LEFT_OUT = frozenset(("binary", "css", "script", "stylesheet"))
