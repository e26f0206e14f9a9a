"""Joined lexical indexes are those that the same rows would have if they were analysed together."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engine.lexical.origins import FILE
from engine.lexical.segment import LexicalSegment
from engine.lexical.writing.joining import join_lexical, joinable
from engine.lexical.writing.segment import LexicalEntry, write_lexical

WORDS = [f"word{number}" for number in range(300)] + ["Grüße", "maxShards", "16 GB", "船の帆", "don't"]


def entries(count: int) -> list[LexicalEntry]:
    drawn = np.random.default_rng(0).zipf(1.3, (count, 30)) % len(WORDS)
    languages = ["en", "de", "und"]
    return [
        LexicalEntry(f"Title {number // 4}", " ".join(WORDS[word] for word in row), languages[number % 3])
        for number, row in enumerate(drawn.tolist())
    ]


def pieces(folder: Path, rows: Sequence[LexicalEntry], ends: Sequence[int]) -> list[LexicalSegment]:
    for place, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
        write_lexical(folder / str(place), rows[start:end])
    return [LexicalSegment.open(folder / str(place)) for place in range(len(ends))]


@pytest.mark.parametrize("ends", [[200], [1, 1, 3, 200], [20, 40, 60, 80, 100, 120, 140, 160, 180, 200]])
def test_a_joined_index_is_that_of_all_rows(tmp_path: Path, ends: list[int]) -> None:
    rows = entries(200)
    totals = write_lexical(tmp_path / "whole", rows)
    parts = pieces(tmp_path, rows, ends)
    assert joinable(parts) == [True] * len(parts)
    assert join_lexical(tmp_path / "once", parts) == totals
    joined = LexicalSegment.open(tmp_path / "once")
    write_lexical(tmp_path / "empty", [])
    empty = LexicalSegment.open(tmp_path / "empty")
    assert join_lexical(tmp_path / "twice", [empty, joined]) == totals
    same_files(tmp_path / "whole", tmp_path / "twice")
    same_answers(LexicalSegment.open(tmp_path / "whole"), LexicalSegment.open(tmp_path / "twice"))


def same_files(one: Path, other: Path) -> None:
    for path in sorted(one.rglob("*")):
        if path.is_file() and path.parent.name != "tantivy" and path.name != FILE:
            assert path.read_bytes() == (other / path.relative_to(one)).read_bytes(), path


def same_answers(one: LexicalSegment, other: LexicalSegment) -> None:
    weights = {"word1": 1.0, "word2": 2.5, "grusse": 0.5, "maxshard": 1.0}
    (rows, scores), (others, theirs) = (s.tantivy.candidates(weights, s.rows) for s in (one, other))
    assert dict(zip(rows.tolist(), scores.tolist(), strict=True)) == dict(
        zip(others.tolist(), theirs.tolist(), strict=True)
    )
    for sequence in [("16", "gb"), ("16gb",), ("word1", "word2"), ("船の",), ("max", "shard")]:
        flags = one.tantivy.matching([sequence])
        assert flags.any() and flags.tolist() == other.tantivy.matching([sequence]).tolist()


def test_many_parts_are_merged_by_tantivy(tmp_path: Path) -> None:
    parts = pieces(tmp_path, entries(200), range(10, 201, 10))
    join_lexical(tmp_path / "joined", parts)
    meta = json.loads((tmp_path / "joined" / "tantivy" / "meta.json").read_text())
    assert len(meta["segments"]) < 8 < len(parts)
    files = {path.name for path in (tmp_path / "joined" / "tantivy").iterdir()}
    named = {part["segment_id"].replace("-", "") for part in meta["segments"]}
    assert {name.partition(".")[0] for name in files if not name.startswith(".")} == {*named, "meta"}


def test_rows_that_a_segment_before_holds_are_not_joined(tmp_path: Path) -> None:
    one, other = pieces(tmp_path, entries(20), [10, 20])
    copy = shutil.copytree(one.directory, tmp_path / "copy")
    assert joinable([one, other, LexicalSegment.open(Path(copy))]) == [True, True, False]
    join_lexical(tmp_path / "joined", [one, other])
    assert joinable([LexicalSegment.open(tmp_path / "joined"), other]) == [True, False]


@pytest.mark.parametrize("change", ["another analyser", "an older format"])
def test_what_another_analyser_made_is_not_joined(tmp_path: Path, change: str) -> None:
    write_lexical(tmp_path / "other", entries(20))
    path = tmp_path / "other" / FILE
    if change == "an older format":
        path.unlink()
    else:
        path.write_text(json.dumps({**json.loads(path.read_text()), "analyser": "winnow/1"}))
    assert joinable([LexicalSegment.open(tmp_path / "other")]) == [False]
