"""A small file of each text-like format, by name: its suffix and its bytes."""

from __future__ import annotations

SAMPLES: dict[str, tuple[str, bytes]] = {
    "rst": (
        ".rst",
        b"Title\n=====\n\n.. note:: A note\n\n* item\n\nCode::\n\n  x = 1\n\n== ==\na  b\n== ==\n1  2\n== ==\n",
    ),
    "asciidoc": (
        ".adoc",
        b"= Title\n:a: b\n\n== Part {a}\n\nNOTE: Text.\n\n* one\n** two\n\n----\ncode\n----\n\n|===\n|a |b\n|===\n",
    ),
    "org": (
        ".org",
        b"#+TITLE: T\n* Head :tag:\n:PROPERTIES:\n:END:\n- a\n  - b\n#+BEGIN_SRC c\nint x;\n#+END_SRC\n| a | b |\n",
    ),
    "latex": (
        ".tex",
        b"\\documentclass{article}\\begin{document}\\section{T}A $x$ \\emph{b}\\begin{tabular}{l}a&b\\\\\\end{tabular}",
    ),
    "man": (
        ".man",
        b".TH NAME 1\n.SH NAME\nname \\- what\n.TP\n.B \\-a\nall\n.nf\ncode\n.fi\n",
    ),
    "mdoc": (
        ".mdoc",
        b".Dd May 1\n.Dt NAME 1\n.Sh NAME\n.Nm name\n.Nd what\n.Bl -tag\n.It Fl a Ar b , Fl c\ntext\n.El\n",
    ),
    "wikitext": (
        ".mediawiki",
        b"'''A''' [[b|c]]{{d|e}}<ref>f</ref>\n== H ==\n* i\n:: j\n{|\n! k !! l\n|-\n| m || n\n|}\n<pre>o</pre>\n",
    ),
    "wiki dump": (
        ".xml",
        b'<mediawiki xml:lang="en"><page><title>T</title><ns>0</ns><revision><text>== H ==\n[[a]]</text></revision></page></mediawiki>',
    ),
    "csv": (
        ".csv",
        b'name,year\n"a, b",1990\n"two\nlines",1991\n',
    ),
    "json": (
        ".json",
        b'{"a": [1, 2, {"b": "c\\n"}], "title": "T", // comment\n "d": null}',
    ),
    "xml": (
        ".xml",
        b'<?xml version="1.0"?><article xml:lang="en"><title>T</title><para id="a">x &amp; <b>y</b></para></article>',
    ),
    "yaml": (
        ".yaml",
        b"# c\na:\n  - b: |\n      text\nc:\n  d: 1\n",
    ),
    "ini": (
        ".ini",
        b"; c\n[part]\na = b\n",
    ),
    "notebook": (
        ".ipynb",
        b'{"cells": [{"cell_type": "markdown", "id": "a", "source": ["# T\\n", "x"]}, {"cell_type": "code", "source": "1", "outputs": [{"text": ["2"]}]}]}',
    ),
    "calendar": (
        ".ics",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:T\nDTSTART:20240131T101500Z\nEND:VEVENT\nEND:VCALENDAR\n",
    ),
    "subtitles": (
        ".srt",
        b"1\n00:00:01,000 --> 00:00:02,000\n- One\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo.\n",
    ),
    "log": (
        ".log",
        b"2024-01-31 10:15:00 a\n  trace\n2024-01-31 10:15:01 b\n2024-01-31 10:15:02 c\n",
    ),
    "code": (
        ".py",
        b"# c\ndef f(x):\n    return x\n\n\nclass A:\n    def g(self):\n        pass\n",
    ),
    "tsv": (
        ".tsv",
        b"name\tyear\na\t1990\n",
    ),
    "properties": (
        ".properties",
        b"# c\na.b = \\u00e9\n",
    ),
}
