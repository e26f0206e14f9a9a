"""Kinds of LaTeX's commands and environments, by their names."""

from __future__ import annotations

SECTIONS = ("part", "chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph")

# Commands by what becomes of their arguments: "drop", "keep" or what is captured of it.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(SECTIONS, ("heading",)),
    **dict.fromkeys(("caption", "captionof"), ("caption",)),
    **dict.fromkeys(("footnote", "footnotetext", "thanks", "marginpar", "sidenote"), ("note",)),
    **dict.fromkeys(("title", "author", "date"), ("field",)),
    **dict.fromkeys(
        """addbibresource bibliography bibliographystyle cline cmidrule color counterwithin documentclass
        graphicspath hphantom hspace hypersetup include includegraphics includeonly index input
        lstset mdfsetup nocite pagecolor pagenumbering pagestyle phantom RequirePackage setmainfont
        stepcounter thispagestyle usepackage usetikzlibrary vphantom vspace newcounter newlength newtheorem
        bibitem begin end hyphenation glossary glsreset special write pdfbookmark tikzset pgfplotsset setlist
        refstepcounter markright theoremstyle linespread selectlanguage arraystretch""".split(),  # noqa: SIM905
        ("drop",),
    ),
    **dict.fromkeys(
        """addtocounter addtolength colorbox definecolor DeclareMathOperator fontsize markboth newcommand newenvironment
        providecommand renewcommand renewenvironment rule setcounter setlength settowidth DeclareRobustCommand
        newacronym addcontentsline newglossaryentry DeclareUnicodeCharacter newtcolorbox""".split(),  # noqa: SIM905
        ("drop", "drop"),
    ),
    **dict.fromkeys(
        ("textcolor", "parbox", "raisebox", "scalebox", "rotatebox", "href", "foreignlanguage"), ("drop", "keep")
    ),
    "texorpdfstring": ("keep", "drop"),
    **dict.fromkeys(("ContinuedFloat", "FloatBarrier", "WriteBookmarks", "IEEEpeerreviewmaketitle"), ()),
    **dict.fromkeys(("multicolumn", "multirow", "resizebox"), ("drop", "drop", "keep")),
    **dict.fromkeys(("newenvironment", "renewenvironment", "addcontentsline", "definecolor"), ("drop", "drop", "drop")),
}
FIELDS = ("title", "author", "date")
VERBATIM = frozenset(
    """alltt BVerbatim filecontents Highlighting lstlisting LVerbatim minted tikzpicture verbatim
    Verbatim""".split()  # noqa: SIM905
)
MATHEMATICS = frozenset(
    """align alignat displaymath dmath eqnarray equation flalign gather IEEEeqnarray math mathpar multline prooftree
    tikzcd""".split()  # noqa: SIM905
)
TABLES = frozenset("array longtable supertabular tabu tabular tabularx tabulary xltabular NiceTabular".split())  # noqa: SIM905
LISTS = frozenset(
    """compactenum compactitem description enumerate itemize list questions thebibliography
    trivlist""".split()  # noqa: SIM905
)
STATEMENTS = frozenset(
    """assumption axiom claim conjecture corollary definition example exercise lemma notation problem proof
    proposition question remark solution theorem""".split()  # noqa: SIM905
)
SPACES = frozenset("enspace enskip hfill hskip newline par qquad quad space thinspace linebreak".split())  # noqa: SIM905
