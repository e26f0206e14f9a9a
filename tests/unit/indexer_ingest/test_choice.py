"""A new collection gets the encoder that suits the languages of its documents, and it is told which and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.models import load_encoder
from engine.models.checkpoints.presets import BUNDLED, MULTILINGUAL
from engine.protocols import Encoder, Reranker
from engine.store.generation import open_generation
from indexer.choice import SAMPLE, Languages, Sample, spread, spread_sources
from indexer.ingest import ingest, ingest_sources
from indexer.report import IngestReport
from indexer.sources.submitted import Submitted, text_source
from tests.conftest import Models

ENGLISH = "The ferry across the river leaves every morning at nine and comes back in the late afternoon. Number {}."
GERMAN = "Die Fähre über den Fluss fährt jeden Morgen um neun ab und kommt am späten Nachmittag zurück. Nummer {}."
FRENCH = "Le bac qui traverse la rivière part chaque matin à neuf heures et revient en fin d'après-midi. Numéro {}."


@pytest.fixture
def tiny(models: Models) -> str:
    return models.encoder


class Speaking:
    """A tiny encoder that says it knows some languages."""

    def __init__(self, inner: Encoder, languages: frozenset[str]) -> None:
        self._inner = inner
        self.languages = languages

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


class Named:
    """A source of models that notes which encoders it was asked for."""

    def __init__(self, tiny: str, *languages: str) -> None:
        self.asked: list[str] = []
        self._encoder = Speaking(load_encoder(tiny), frozenset(languages or ("en", "de", "fr")))

    def encoder(self, name: str) -> Encoder:
        self.asked.append(name)
        return self._encoder  # type: ignore[return-value]

    def reranker(self, name: str) -> Reranker:
        raise NotImplementedError


def submit(home: Path, models: Named, *texts: str, encoder: str | None = None) -> IngestReport:
    sources = [text_source(Submitted(f"d{number}", text.format(number))) for number, text in enumerate(texts)]
    return ingest_sources(sources, home=home, collection="c", encoder=encoder, models=models)


@pytest.mark.parametrize(
    ("texts", "chosen"),
    [
        ([ENGLISH] * 3 + [GERMAN] * 2, BUNDLED),
        ([ENGLISH] * 2 + [GERMAN] * 2, BUNDLED),  # not most of them
        ([ENGLISH] * 2 + [GERMAN] * 2 + [FRENCH], MULTILINGUAL),
        ([GERMAN], MULTILINGUAL),
        (["12 {}"] * 3, BUNDLED),  # in no language
        (["12 {}"] * 3 + [FRENCH], MULTILINGUAL),
    ],
)
def test_most_documents_decide(home: Path, tiny: str, texts: list[str], chosen: str) -> None:
    models = Named(tiny)
    report = submit(home, models, *texts)
    assert models.asked == [chosen]
    with open_generation(home, "c") as generation:
        assert generation.manifest.models["encoder"] == chosen
        assert (generation.manifest.recipe.dense_weight == 0.7) == (chosen == MULTILINGUAL)
    assert bool(report.notes) == (chosen == MULTILINGUAL)


def test_the_reason_is_told(home: Path, tiny: str) -> None:
    [note] = submit(home, Named(tiny), GERMAN, GERMAN, FRENCH, ENGLISH).notes
    assert note.startswith("3 of 4 sampled documents are not in English (de 2, fr 1, en 1)")
    assert "--preset" in note


def test_what_was_asked_for_is_taken(home: Path, tiny: str) -> None:
    models = Named(tiny, "en")
    [note] = submit(home, models, GERMAN, GERMAN, ENGLISH, encoder=BUNDLED).notes
    assert models.asked == [BUNDLED]
    assert note.startswith(
        "2 of 3 documents are in languages that this collection's encoder does not know (de 2, en 1)"
    )
    assert "--preset multilingual" in note


def test_a_collection_that_exists_keeps_its_encoder(home: Path, tiny: str) -> None:
    submit(home, Named(tiny), ENGLISH)
    models = Named(tiny)
    submit(home, models, *[GERMAN] * 4)
    assert models.asked == [BUNDLED]


def test_files_are_sampled_from_everywhere(
    home: Path, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first files in order are English, most are not."""
    for number in range(3 * SAMPLE):
        folder = tmp_path / "docs" / ("a-en" if number < SAMPLE else "b-de")
        folder.mkdir(parents=True, exist_ok=True)
        text = ENGLISH if number < SAMPLE else GERMAN
        (folder / f"{number:04}.txt").write_text(text.format(number), encoding="utf-8")
    models = Named(tiny)
    monkeypatch.setattr("indexer.ingest.LocalModels", lambda: models)
    report = ingest([tmp_path / "docs"], home=home, collection="c")
    assert models.asked == [MULTILINGUAL] and report.added == 3 * SAMPLE and not report.failed


def test_records_are_sampled_too(tmp_path: Path) -> None:
    lines = ['{"id": "%d", "text": "%s"}' % (number, ENGLISH.format(number)) for number in range(200)]  # noqa: UP031
    (tmp_path / "r.jsonl").write_text("\n".join(lines), encoding="utf-8")
    sources = list(spread_sources([tmp_path]))
    assert len(sources) == SAMPLE
    assert Sample(sources).languages.encoder() == BUNDLED


def test_what_was_sampled_is_not_parsed_again(home: Path, tiny: str) -> None:
    parsed: list[str] = []
    source = text_source(Submitted("d", GERMAN))

    def parse() -> object:
        parsed.append("d")
        return source.parse()

    watched = type(source)(source.id, source.uri, source.content_hash, parse)  # type: ignore[arg-type]
    ingest_sources([watched], home=home, collection="c", models=Named(tiny))
    assert parsed == ["d"]


def test_spread() -> None:
    assert spread(range(10), 20) == list(range(10))
    assert spread(range(10), 5) == [0, 2, 4, 6, 8]
    assert spread([], 5) == []


def test_no_language_is_no_reason_to_say_anything() -> None:
    languages = Languages()
    languages.add("und", "x = 12")
    languages.add("und", "2024")
    assert languages.encoder() == BUNDLED
    assert not languages.remarks_on_choice() and not languages.remarks_on_encoder({"en"})


@pytest.mark.parametrize(
    "text", ["Договор аренды", "Γεια σου", "שלום", "مرحبا", "สวัสดี", "नमस्ते", "გამარჯობა", "বাংলা", "Код: ошибка 12"]
)
def test_a_text_that_is_too_short_to_tell_its_language_counts_by_its_script(text: str) -> None:
    languages = Languages()
    languages.add("und", text)
    assert languages.encoder() == MULTILINGUAL
    (remark,) = languages.remarks_on_choice()
    assert remark.startswith("1 of 1 sampled documents") and "some language in " in remark
    assert languages.remarks_on_encoder({"en", "de"})


def test_a_model_that_knows_languages_of_a_script_may_know_its_texts() -> None:
    languages = Languages()
    languages.add("und", "Договор аренды")
    assert not languages.remarks_on_encoder({"en", "ru"})


@pytest.mark.parametrize(
    ("text", "remedy"), [("გამარჯობა", "No bundled encoder knows these"), ("Договор аренды", "--preset multilingual")]
)
def test_a_remedy_is_one_that_helps(text: str, remedy: str) -> None:
    languages = Languages()
    languages.add("und", text)
    (remark,) = languages.remarks_on_encoder({"en"})
    assert remedy in remark
