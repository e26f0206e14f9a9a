"""Addresses: one spelling for each, and what lies in a scope."""

from __future__ import annotations

import pytest

from engine.errors import UsageError
from indexer.sources.web.address import LENGTH, Scope, canonical, is_site


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("HTTP://Example.ORG:80", "http://example.org/"),
        ("https://example.org:443/a#part", "https://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org/a/../b/./c/", "https://example.org/b/c/"),
        ("https://example.org/a/..", "https://example.org/"),
        ("https://example.org/%7euser/%c3%a9%2f", "https://example.org/~user/%C3%A9%2F"),
        ("https://example.org/my file é", "https://example.org/my%20file%20%C3%A9"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://example.org/a?utm_source=x&b=2&fbclid=3&a=1", "https://example.org/a?b=2&a=1"),
        ("https://example.org/a;jsessionid=0F?x=1", "https://example.org/a?x=1"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("mailto:a@example.org", None),
        ("javascript:void(0)", None),
        ("ftp://example.org/", None),
        ("https://user:word@example.org/", None),
        ("https://example.org:99999/", None),
        ("https://", None),
        ("https://[bad/", None),
        ("https://example.org/" + "a" * LENGTH, None),
    ],
)
def test_an_address_has_one_spelling(address: str, expected: str | None) -> None:
    assert canonical(address) == expected
    if expected is not None:
        assert canonical(expected) == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("b.html", "https://example.org/docs/b.html"),
        ("../c", "https://example.org/c"),
        ("../../../c", "https://example.org/c"),
        ("?page=2", "https://example.org/docs/a?page=2"),
        ("#top", "https://example.org/docs/a"),
        ("//other.example/x", "https://other.example/x"),
        (" b.html\n", "https://example.org/docs/b.html"),
    ],
)
def test_a_link_is_relative_to_its_page(link: str, expected: str) -> None:
    assert canonical(link, "https://example.org/docs/a") == expected


@pytest.mark.parametrize(
    ("start", "named", "scope"),
    [
        ("https://example.org", None, "https://example.org/"),
        ("https://example.org/docs/", None, "https://example.org/docs/"),
        ("https://example.org/docs/a.html", None, "https://example.org/docs/"),
        ("https://example.org/docs/a.html", "https://example.org", "https://example.org/"),
    ],
)
def test_the_scope_is_the_folder_of_the_address(start: str, named: str | None, scope: str) -> None:
    assert Scope.of(start, named).address == scope


def test_a_scope_lies_around_the_address() -> None:
    with pytest.raises(UsageError, match="does not lie in --scope"):
        Scope.of("https://example.org/docs/", "https://example.org/other/")
    with pytest.raises(UsageError, match="no address"):
        Scope.of("https://", None)
    scope = Scope.of("https://example.org/docs/", None)
    inside = "https://example.org/docs/a?b=1"
    assert inside in scope and scope.below(inside) == "a"
    assert not any(
        other in scope
        for other in ("https://example.org/docs", "https://example.org.evil/docs/", "http://example.org/docs/")
    )


@pytest.mark.parametrize(
    ("address", "expected"),
    [("https://example.org", True), ("http://x/docs/", True), ("https://x/a.pdf", False), ("https://x/?q=1", False)],
)
def test_an_address_that_ends_in_a_slash_is_a_site(address: str, expected: bool) -> None:
    assert is_site(address) is expected
