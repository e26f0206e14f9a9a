from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.store.layout import Home, check_name


@pytest.mark.parametrize("name", ["a", "0", "docs", "my-docs_2", "a" * 64])
def test_names_that_may_be_used(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", "_a", "A", "a b", "a/b", "..", "ä", "a\n", "a" * 65])
def test_names_that_may_not(name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a collection"):
        check_name(name)


def test_numbers_on_disk_ignore_what_is_not_theirs(tmp_path: Path) -> None:
    layout = Home(tmp_path).collection("a" * 32)
    layout.generations.mkdir(parents=True)
    for name in ("000000002.json", "000000010.json", ".000000011.json.7.tmp", "x.json", "000000003.json.bak"):
        (layout.generations / name).touch()
    assert layout.manifests() == [2, 10]
    assert layout.pinned_files() == []


def test_only_directories_with_an_identity_are_collections(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.all_collections() == []
    (home.collections / "half-made").mkdir(parents=True)
    (home.collections / "real").mkdir()
    (home.collections / "real" / "collection.json").touch()
    (home.collections / "link").symlink_to(home.collections / "real")
    assert [layout.uuid for layout in home.all_collections()] == ["real"]
