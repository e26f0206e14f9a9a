"""What a model card says about training data, and when that is a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.overlap import overlap_warnings, training_data
from engine.errors import ParseFailed

CARDS = {
    "---\ndatasets:\n- BeIR/scifact\n- ms_marco\n---\n# x\n": ["BeIR/scifact", "ms_marco"],
    "---\nwinnow:\n  trained_on: [scifact/train]\n---\n": ["scifact/train"],
    "---\ndatasets: squad\nwinnow: {trained_on: [fever]}\n---\n": ["fever", "squad"],
    "---\nlicense: mit\n---\n# nothing named\n": None,
    "# no front matter\n---\ndatasets: [scifact]\n---\n": None,
    "---\n- a list\n---\n": None,
}


@pytest.mark.parametrize(("card", "named"), CARDS.items())
def test_front_matter(tmp_path: Path, card: str, named: list[str] | None) -> None:
    (tmp_path / "README.md").write_text(card, encoding="utf-8")
    assert training_data(tmp_path) == named


def test_no_card_means_unknown(tmp_path: Path) -> None:
    assert training_data(tmp_path) is None


def test_a_broken_card_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\ndatasets: [\n---\n", encoding="utf-8")
    with pytest.raises(ParseFailed):
        training_data(tmp_path)


def test_only_the_collection_itself_is_a_warning() -> None:
    models = {"encoder": ("a", ["BeIR/fever", "mteb/scifact"]), "reranker": ("b", ["ms_marco"]), "other": ("c", None)}
    assert overlap_warnings("nano-scifact", models) == [
        "The encoder a was trained on this collection's train split (its card names mteb/scifact)."
    ]
    assert overlap_warnings("climate-fever", models) == []
