from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import StoreDamaged
from engine.store.layout import CollectionLayout
from engine.store.manifest import LivingTotals, Manifest, SegmentEntry, TombstoneEntry, read_manifest, write_manifest
from engine.store.sealed import seal
from tests.support.stores import config

UUID = "a" * 32
FIRST = "000000003-0000000a"


@pytest.fixture
def layout(tmp_path: Path) -> CollectionLayout:
    made = CollectionLayout(tmp_path / UUID)
    made.generations.mkdir(parents=True)
    return made


def _manifest() -> Manifest:
    settings = config()
    segments = (
        SegmentEntry(
            FIRST,
            5,
            2,
            "c" * 64,
            LivingTotals(3, 1, 7, 70),
            {"en": 2, "und": 1},
            TombstoneEntry(f"{FIRST}.4.npz", "d" * 64),
        ),
        SegmentEntry("000000004-0000000b", 1, 1, "e" * 64, LivingTotals(1, 1, 2, 20), {"en": 1}),
    )
    return Manifest(
        "docs", UUID, 4, "2026-01-01T00:00:00+00:00", settings.models, settings.query_fingerprint,
        settings.index_fingerprint, settings.recipe.with_(k1=1.5), {"n": "number"}, segments,
    )  # fmt: skip


def test_written_and_read(layout: CollectionLayout) -> None:
    write_manifest(layout, _manifest())
    assert read_manifest(layout, 4) == _manifest()
    assert layout.manifest(4).name == "000000004.json"


def test_totals_add_up() -> None:
    assert _manifest().living == LivingTotals(4, 2, 9, 90)


@pytest.mark.parametrize("change", [{"uuid": "b" * 32}, {"generation": 5}])
def test_a_manifest_of_something_else_is_damage(
    layout: CollectionLayout, change: dict[str, int] | dict[str, str]
) -> None:
    layout.manifest(4).write_bytes(seal(replace(_manifest(), **change).to_json()))
    with pytest.raises(StoreDamaged, match="belongs to"):
        read_manifest(layout, 4)


def test_a_sealed_file_that_is_no_manifest_is_damage(layout: CollectionLayout) -> None:
    layout.manifest(4).write_bytes(seal({"uuid": UUID}))
    with pytest.raises(StoreDamaged, match="not a manifest"):
        read_manifest(layout, 4)
