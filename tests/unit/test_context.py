"""The context line of a chunk."""

from __future__ import annotations

from engine.context import context, with_context


def test_title_and_headings_once_each() -> None:
    assert context("Guide", ("Guide", "Install", "On  Linux\n")) == "Guide > Install > On Linux"


def test_without_context_the_text_stands_alone() -> None:
    assert with_context(context("", ()), "text") == "text"
    assert with_context("Guide", "text") == "Guide\ntext"
