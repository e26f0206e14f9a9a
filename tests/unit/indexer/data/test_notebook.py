"""Notebooks: cells, outputs, anchors, old versions, what is none."""

from __future__ import annotations
from indexer.parsers import Parsed

import json

from indexer.parsers.data.notebook import NotebookParser
from tests.unit.indexer.places import headings, place_of


def parse(notebook: object) -> Parsed:
    return NotebookParser().parse(json.dumps(notebook).encode(), name="work.ipynb")


def test_cells_and_their_outputs() -> None:
    table = "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"
    outputs = [
        {"output_type": "stream", "text": ["printed\n"]},
        {"output_type": "execute_result", "data": {"text/html": table, "text/plain": "   a\n0  1"}},
        {"output_type": "display_data", "data": {"text/plain": "<Figure size 640x480 with 1 Axes>", "image/png": "AAAA"}},
        {"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": []},
    ]
    cells = [
        {"cell_type": "markdown", "id": "one", "source": ["# Title\n", "\n", "Some *text*.\n", "## Part\n"]},
        {"cell_type": "code", "id": "two", "source": "x = 1\nif x:\n    y", "outputs": outputs},
    ]
    parsed = parse({"cells": cells, "nbformat": 4})
    assert parsed.text == (
        "Title\n\nSome text.\n\nPart\n\nx = 1\nif x:\n    y\n\nprinted\n\na\n1\n\nKeyError: 'x'"
    )
    assert headings(parsed) == [(1, "Title"), (2, "Part")]
    assert (parsed.title, place_of(parsed, "x = 1", "anchor")) == ("Title", "cell-id=two")


def test_without_ids_headings_are_anchors() -> None:
    parsed = parse({"cells": [{"cell_type": "markdown", "source": "# A b\n"}, {"cell_type": "code", "source": "x"}]})
    assert place_of(parsed, "x", "anchor") == "A-b"


def test_version_3() -> None:
    cells = [{"cell_type": "heading", "level": 2, "source": "H"}, {"cell_type": "code", "input": "1", "outputs": [{"text": "2"}]}]
    assert parse({"worksheets": [{"cells": cells}]}).text == "H\n\n1\n\n2"


def test_what_is_no_notebook_is_read_as_json_and_says_so() -> None:
    parsed = NotebookParser().parse(b'{"cells": {"a": "x"', name="a.ipynb")
    assert parsed.text == "cells.a: x" and "not a whole notebook" in parsed.remarks[0]


def test_lines_without_breaks_of_version_2_stay_lines() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Title", "", "Some", "text"]},
        {"cell_type": "code", "input": ["x = 1", "print(x)"]},
    ]
    assert parse({"nbformat": 2, "worksheets": [{"cells": cells}]}).text == "Title\n\nSome text\n\nx = 1\nprint(x)"


def test_a_notebook_is_called_by_the_heading_that_it_begins_with_whatever_its_level() -> None:
    cells = [{"cell_type": "markdown", "source": "## Deep regression\n\nWords."}, {"cell_type": "code", "source": "1"}]
    assert NotebookParser().parse(json.dumps({"cells": cells}).encode(), name="a.ipynb").title == "Deep regression"
    assert NotebookParser().parse(json.dumps({"cells": cells[::-1]}).encode(), name="a.ipynb").title == "a"
