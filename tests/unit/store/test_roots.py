"""Ids below roots: stable, told apart, and back to their places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StoreDamaged
from engine.store.roots import Root, Roots, is_below

DOCS, WIKI = Root("docs", "/data/docs", prefixed=False), Root("wiki", "/data/wiki", prefixed=True)
BOTH = Roots((DOCS, WIKI))


def test_the_only_root_gives_bare_ids_and_others_their_names() -> None:
    assert BOTH.id_of("/data/docs/hr/leave.md") == "hr/leave.md"
    assert BOTH.id_of("/data/wiki/leave.md") == "wiki/leave.md"
    assert BOTH.id_of("/data/docs/all.jsonl#12") == "all.jsonl#12"
    assert BOTH.id_of("/elsewhere/a.md") == "/elsewhere/a.md"
    assert Roots().id_of("/data/docs/a.md") == "/data/docs/a.md"


def test_a_folder_whose_name_only_begins_as_a_root_is_outside_of_it() -> None:
    assert BOTH.id_of("/data/docs2/a.md") == "/data/docs2/a.md"
    assert not is_below("/data/docs", "/data/docs") and is_below("/a", "/")


def test_the_innermost_root_counts() -> None:
    inner = Roots((*BOTH.all, Root("hr", "/data/docs/hr", prefixed=True)))
    assert inner.id_of("/data/docs/hr/a.md") == "hr/a.md" and inner.id_of("/data/docs/a.md") == "a.md"


def test_a_folder_that_is_called_as_another_root_is_told_apart_by_its_own_root() -> None:
    assert BOTH.id_of("/data/docs/wiki/leave.md") == "docs/wiki/leave.md" != BOTH.id_of("/data/wiki/leave.md")
    assert BOTH.id_of("/data/docs/docs/leave.md") == "docs/docs/leave.md"
    assert BOTH.path_of("docs/wiki/leave.md") == (DOCS, "wiki/leave.md")


@given(st.lists(st.sampled_from(["docs", "wiki", "a", "b.md"]), min_size=1, max_size=3), st.sampled_from([DOCS, WIKI]))
def test_an_id_leads_back_to_its_place(parts: list[str], root: Root) -> None:
    path = "/".join(parts)
    assert BOTH.path_of(BOTH.id_of(f"{root.path}/{path}")) == (root, path)


def test_roots_are_kept_as_json() -> None:
    assert Roots.from_json(BOTH.to_json()) == BOTH
    for bad in ({"name": "a/b", "path": "/x", "prefixed": True}, {"name": "", "path": "/x", "prefixed": True}):
        with pytest.raises(StoreDamaged):
            Roots.from_json([bad])
    with pytest.raises(StoreDamaged, match="twice"):
        Roots.from_json([*WIKI_TWICE])


WIKI_TWICE = Roots((WIKI, WIKI)).to_json()
