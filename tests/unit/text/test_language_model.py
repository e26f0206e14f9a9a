from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from engine.text import language_model
from engine.text.language import LANGUAGES
from engine.text.language_model import load_identifier

TEXTS = ["wo steht der größte baum", "where is the tallest tree", "où est le plus grand arbre", "どこですか", "42", ""]


Identifiers = tuple[LanguageIdentifier, LanguageIdentifier]


@pytest.fixture(scope="module")
def identifiers() -> Identifiers:
    packages = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    packages.set_languages(LANGUAGES)
    return load_identifier(LANGUAGES), packages


@pytest.fixture
def reference() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier


def test_the_unpacked_copy_tells_what_the_package_does(
    tmp_path: Path, setting: Callable[..., None], reference: LanguageIdentifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(cache=tmp_path / "cache")
    first = load_identifier(LANGUAGES)
    monkeypatch.setattr(language_model, "load_model", lambda path: pytest.fail("it was unpacked again"))
    for identifier in (first, load_identifier(LANGUAGES)):
        assert [identifier.rank(text) for text in TEXTS] == [reference.rank(text) for text in TEXTS]


@given(st.text(max_size=300) | st.binary(max_size=60).map(lambda raw: raw.decode("utf-8", "surrogateescape")))
@example("w")
@example("wo steht der größte baum " * 40)
@example("日本語のテキスト and some English words " * 30)
def test_all_places_at_once_are_scored_as_one_after_the_other(identifiers: Identifiers, text: str) -> None:
    ours, packages = identifiers
    assert ours.rank(text) == packages.rank(text)


def test_other_languages_have_a_copy_of_their_own(tmp_path: Path, setting: Callable[..., None]) -> None:
    setting(cache=tmp_path)
    load_identifier(["de", "fr"])
    assert {code for code, _ in load_identifier(["en", "fr"]).rank(TEXTS[1])} == {"en", "fr"}


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "missing"])
@pytest.mark.parametrize("part", ["features.npy", "prior.npy", "classes.npy", "moves.npy", "json"])
def test_a_damaged_copy_is_made_again(tmp_path: Path, setting: Callable[..., None], part: str, damage: str) -> None:
    setting(cache=tmp_path)
    expected = load_identifier(LANGUAGES).rank(TEXTS[0])
    [copy] = tmp_path.glob(f"py3langid-*.{part}")
    whole = copy.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    copy.unlink()
    if damage != "missing":
        copy.write_bytes({"empty": b"", "cut": whole[:middle], "flipped": flipped}[damage])
    assert load_identifier(LANGUAGES).rank(TEXTS[0]) == expected
    assert copy.read_bytes() == whole


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path, setting: Callable[..., None]) -> None:
    (tmp_path / "cache").write_text("a file")
    setting(cache=tmp_path / "cache")
    assert load_identifier(LANGUAGES).classify("where is the tallest tree")[0] == "en"
