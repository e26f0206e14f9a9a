"""Texts that go from file to file are those of the tables, byte for byte, however they are cut into blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import StoreDamaged
from engine.store.segments import texts as module
from engine.store.segments.tables import document_table, map_table, write_table
from engine.store.segments.texts import COLUMN, Texts
from tests.support.stores import stored

ROWS = st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.booleans()), max_size=6)


@settings(max_examples=60, deadline=None)
@given(tables=st.lists(ROWS, min_size=1, max_size=4), block=st.integers(1, 9))
def test_a_table_of_texts_from_files_is_the_table_of_all_of_them(
    tmp_path_factory: pytest.TempPathFactory, tables: list[list[tuple[str, bool]]], block: int
) -> None:
    folder, parts, kept = tmp_path_factory.mktemp("texts"), [], []
    for number, rows in enumerate(tables):
        path, flags = folder / f"{number}.arrow", np.array([flag for _, flag in rows], bool)
        write_table(path, document_table([stored(f"{number}.{row}", text) for row, (text, _) in enumerate(rows)]))
        parts.append((path, flags))
        kept.append(map_table(path).filter(pa.array(flags)))
    whole = pa.concat_tables(kept, promote_options="default")
    write_table(folder / "whole.arrow", whole)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_BLOCK", block)
        write_table(folder / "streamed.arrow", whole.drop_columns([COLUMN]), Texts(parts))
    assert (folder / "streamed.arrow").read_bytes() == (folder / "whole.arrow").read_bytes()
    assert map_table(folder / "streamed.arrow").column(COLUMN).to_pylist() == whole.column(COLUMN).to_pylist()


def test_a_file_that_has_become_shorter_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "d.arrow"
    write_table(path, document_table([stored("a", "The ferry crosses the river. " * 50)]))
    texts = Texts([(path, np.ones(1, bool))])
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(StoreDamaged, match="truncated"):
        list(texts.blocks())
