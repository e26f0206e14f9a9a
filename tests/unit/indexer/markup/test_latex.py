"""LaTeX: what is text of commands, groups and environments; mathematics as it is written."""

from __future__ import annotations

import pytest

from indexer.parsers import Parsed
from indexer.parsers.markup.latex import LatexParser
from tests.unit.indexer.places import headings, place_of


def parse(text: str) -> Parsed:
    return LatexParser().parse(text.encode(), name="paper.tex")


def test_a_paper() -> None:
    parsed = parse(
        "\\documentclass{article}\n\\usepackage{x}\n\\title{A \\emph{Paper}\\thanks{x}}\n\\author{A \\and B}\n"
        "\\begin{document}\n\\maketitle\n\\begin{abstract}\nShort.\n\\end{abstract}\n"
        "\\section[s]{One}\\label{sec:one}\nText\n% comment\nruns on.\n\n\\subsection*{Deeper}\nEnd.\n\\end{document}\nno"
    )
    assert parsed.text == "A Paper\n\nA, B\n\nAbstract\n\nShort.\n\nOne\n\nText runs on.\n\nDeeper\n\nEnd."
    assert headings(parsed) == [(1, "Abstract"), (1, "One"), (2, "Deeper")]
    assert (parsed.title, parsed.metadata) == ("A Paper", {"author": "A, B"})
    assert (place_of(parsed, "runs on"), place_of(parsed, "Text", "anchor")) == ("13", "sec:one")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"caf\'e, \"Uber, na\"{\i}ve, stra\ss e, \o re, \c{c}a", "café, Über, naïve, straße, øre, ça"),
        (r"na\"\i ve, \u\i k, \v{\j} and \'\i.", "naïve, ĭk, ǰ and í."),
        ("``quotes'' --- and -- dashes", "“quotes” — and – dashes"),
        (r"50\% of \$5 \& a\_b~c", "50% of $5 & a_b c"),
        (r"\textbf{bold \emph{both}} \unknown{kept}", "bold both kept"),
        (r"see \cite[p.~3]{a,b} and \ref{x}.", "see [a, b] and ."),
        (r"$x^2$ and \(y\)", "x^2 and y"),
        (r"\verb|a_b| \url{https://a.b/c_d} \href{u}{link}", "a_b https://a.b/c_d link"),
        (r"note\footnote{The \emph{note}.} here", "note (The note.) here"),
        (r"\textcolor{red}{seen} \includegraphics[w=1]{x.png}", "seen"),
        (r"\newcommand{\hott}{Homotopy Type Theory}\hott{} is \hott.", "Homotopy Type Theory is Homotopy Type Theory."),
        (r"\HoTT\ is \noindent here", "HoTT is here"),
    ],
)
def test_commands(written: str, read: str) -> None:
    assert parse(written).text == read


def test_lists_tables_and_blocks() -> None:
    parsed = parse(
        "\\begin{itemize}\n\\item one\n\\begin{enumerate}\\item deep\\end{enumerate}\n\\item[Two] second\n\\end{itemize}\n"
        "\\begin{tabular}{l|c}\nA & B \\\\ \\hline\n1 & \\textbf{2} \\\\\n\\end{tabular}\n"
        "\\begin{lstlisting}[language=C]\nint x; % stays\n\\end{lstlisting}\n"
        "\\begin{align}\na &= b \\label{e}\n\\end{align}\n\\begin{theorem}[Main]\nTrue.\n\\end{theorem}\n"
    )
    assert parsed.text == (
        "- one\n  - deep\n- Two: second\n\nA | B\n1 | 2\n\nint x; % stays\n\na &= b\n\nTheorem (Main): True."
    )


def test_levels_are_counted_over_the_section_commands_of_the_file() -> None:
    assert headings(parse("\\chapter{A}\n\\subsection{B}\n\\partial")) == [(1, "A"), (2, "B")]


def test_a_brace_that_never_closes_takes_no_more_than_its_paragraph() -> None:
    assert headings(parse("\\section{Open\n\nText.\n\n\\section{Next}\n")) == [(1, "Open"), (1, "Next")]


def test_nothing_before_the_document_is_text_but_its_title_and_authors() -> None:
    parsed = parse(
        "\\IfFile{upquote.sty}{\\usepackage{upquote}}{}\n\n\\name{AB}\n\\title{Rivers}\n\\author{A. One}\n"
        "\\author{B. Two}\n\n\\begin{document}\n\\maketitle\nText.\n\\end{document}"
    )
    assert parsed.text.endswith("Text.") and "upquote" not in parsed.text and "AB" not in parsed.text
    assert parsed.metadata["author"] == "A. One, B. Two"


def test_arguments_of_a_command_that_is_not_known_are_words_side_by_side() -> None:
    assert parse("\\fun{GEN}{name}{GEN x} does it.").text == "GEN name GEN x does it."
    assert parse("\\emph{a} [1] and {b}{c}").text == "a [1] and bc"


def test_a_heading_with_a_reading_for_bookmarks_is_said_once() -> None:
    parsed = parse("\\section{On \\texorpdfstring{\\href{u}{the river}}{the river}}\nText.")
    assert headings(parsed) == [(1, "On the river")]


def test_programs_that_pandoc_coloured_keep_their_lines_and_words() -> None:
    code = (
        "\\KeywordTok{if}\\NormalTok{ (a }\\OperatorTok{\\textgreater{}}\\NormalTok{ b):}\n    \\NormalTok{f(\\{\\})}"
    )
    parsed = parse(f"Run:\n\n\\begin{{Highlighting}}[]\n{code}\n\\end{{Highlighting}}\n")
    assert parsed.text == "Run:\n\nif (a > b):\n    f({})"
