"""Consent banners, forms with what invites to fill them in, and lists of other pages are no content."""

from __future__ import annotations

import pytest

from indexer.parsers.html import HtmlParser

ARTICLE = "".join(
    f"<p>Paragraph {n} says that the ferry to the island leaves at {n} o'clock, and that whoever takes a bicycle along "
    "must buy a ticket at the harbour beforehand.</p>"
    for n in range(6)
)
COOKIES = "UNWANTED We use cookies to improve your visit. <button>{}</button><button>Settings</button>"
OTHERS = "".join(
    f"<div class='item'><h3><a href='/p{n}'>Other story {n}</a></h3><p>UNWANTED The summary of story {n}.</p></div>"
    for n in range(4)
)
FORM = (
    "<form action='/c'><p>UNWANTED Your address will not be published.</p><textarea></textarea><label>Name</label><input>"
    "<input type='submit' value='Post'></form>"
)


def text_of(before: str = "", inside: str = "", after: str = "") -> str:
    page = (
        f"<!doctype html><html><head><title>Ferries</title></head><body>{before}<div id='page'><article><h1>Ferries</h1>"
        f"{ARTICLE}{inside}</article>{after}</div></body></html>"
    )
    return HtmlParser().parse(page.encode(), name="a.html").text


@pytest.mark.parametrize(
    "part",
    [
        *(
            f"<div class='x1'><p>{COOKIES.format(word)}</p></div>"
            for word in ("Accept all", "Alle akzeptieren", "Got it!")
        ),
        f"<section class='c-7'><h2>UNWANTED You may also like</h2>{OTHERS}</section>",
        f"<div>{OTHERS}</div>",
        "<ul>"
        + "".join(f"<li><a href='/p{n}'><h4>Story {n}</h4></a><p>UNWANTED of {n}</p></li>" for n in range(3))
        + "</ul>",
        f"<div><h3>UNWANTED Leave a comment</h3>{FORM}</div>",
        f"<h3>UNWANTED Leave a comment</h3>{FORM}",
        "<div><h3>UNWANTED Our letter</h3><p>UNWANTED Every week.</p><form><input type='email'><button>Go</button></form></div>",
    ],
)
@pytest.mark.parametrize("where", ["before", "inside", "after"])
def test_what_stands_beside_the_content_is_not_read(part: str, where: str) -> None:
    text = text_of(**{where: part})
    assert "UNWANTED" not in text and "Paragraph 5" in text


@pytest.mark.parametrize(
    "part",
    [
        "<p>WANTED A cookie is a small text that a site keeps. <button>Copy</button></p>",
        "<section><h2>WANTED Search</h2><form action='/s'><input name='q'></form></section>",
        "<section>"
        + "".join(f"<h3><a href='#s{n}'>WANTED part {n}</a></h3><p>WANTED</p>" for n in range(4))
        + "</section>",
        "<section>"
        + "".join(f"<h3><a href='/p{n}'>f{n}</a></h3><pre>WANTED {n}</pre>" for n in range(4))
        + "</section>",
        "<section>"
        + "".join(f"<h3><a href='/p{n}'>Story {n}</a></h3><p>{'WANTED told at length ' * 40}</p>" for n in range(4))
        + "</section>",
    ],
)
def test_what_only_looks_like_it_is_read(part: str) -> None:
    assert "WANTED" in text_of(inside=part)


def test_a_page_that_is_nothing_else_is_read() -> None:
    page = f"<html><body><main><h1>Stories</h1><div>{OTHERS}</div></main></body></html>"
    assert "The summary of story 3" in HtmlParser().parse(page.encode(), name="a.html").text
