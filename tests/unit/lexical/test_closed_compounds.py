"""Compounds written in one word: which words stand in them, and what they are made of."""

from __future__ import annotations

import gc
import weakref

import pytest

from engine.lexical.analysis import analyse
from engine.lexical.closed_compounds import LINKS, MOST, ClosedCompounds
from engine.lexical.unicode import normalise

COLLECTION = {
    "de": """Krankenversicherung Beitrag Krankenversicherungsbeitrag Versicherung Kranken Beitragssatz Satz Schule Schulbuch
        Buch Neustart Start Betriebsart Betrieb Verarbeitung Arbeit Arbeiter Kinderwagen Kinder Wagen Landesrecht Land
        Recht Straßenbahn Straße Bahn Rechnung Rechner Unterhalt Halt Eintragen Tragen Gesellschaft Geselle Sonnenuhr
        Sonne Uhr Bundesrat Bund Rat Apparat Art""",
    "nl": "zorgverzekering zorg verzekering ziekenhuis ziek huis arbeidsrecht arbeid recht",
    "sv": "sjukförsäkring sjuk försäkring arbetsgivare arbete givare",
    "da": "sygeforsikring syge forsikring arbejdsgiver arbejde giver",
    "no": "sykeforsikring syke forsikring arbeidsgiver arbeid giver",
    "fi": "sairausvakuutus sairaus vakuutus työnantaja työ antaja",
}


def compounds(language: str, words: str | None = None) -> ClosedCompounds:
    known = (words or COLLECTION[language]).split()
    filler = [f"xq{chr(97 + n // 676)}{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}" for n in range(4000)]
    return ClosedCompounds(
        {normalise(word) for word in known} | set(filler), language, lambda terms: dict.fromkeys(terms, 1)
    )


def found(one: ClosedCompounds, language: str, word: str) -> set[str]:
    """The words of COLLECTION whose terms are told."""
    told = one.holding(normalise(word))
    return {whole for whole in COLLECTION[language].split() if analyse(whole, language)[0] in told}


@pytest.mark.parametrize(
    ("language", "word", "holders"),
    [
        ("de", "Beitrag", {"Krankenversicherungsbeitrag", "Beitragssatz"}),
        ("de", "Beiträge", {"Krankenversicherungsbeitrag", "Beitragssatz"}),
        ("de", "Versicherungen", {"Krankenversicherung", "Krankenversicherungsbeitrag"}),
        ("de", "Krankenversicherung", {"Krankenversicherungsbeitrag"}),
        ("de", "Schule", {"Schulbuch"}),  # without its ending
        ("de", "Sonne", {"Sonnenuhr"}),
        ("de", "Wagen", {"Kinderwagen"}),
        ("de", "Recht", {"Landesrecht"}),
        ("de", "Straße", {"Straßenbahn"}),
        ("de", "Rat", {"Bundesrat"}),
        ("de", "Art", {"Betriebsart"}),  # and not "Neustart"
        ("de", "Arbeit", set()),  # "Verarbeitung" and "Arbeiter" are no compounds
        ("de", "Halt", set()),
        ("de", "Geselle", set()),
        ("de", "tragen", set()),
        ("nl", "verzekering", {"zorgverzekering"}),
        ("nl", "recht", {"arbeidsrecht"}),
        ("nl", "huis", {"ziekenhuis"}),
        ("sv", "försäkring", {"sjukförsäkring"}),
        ("sv", "arbete", {"arbetsgivare"}),
        ("da", "forsikring", {"sygeforsikring"}),
        ("no", "forsikring", {"sykeforsikring"}),
        ("no", "arbeid", {"arbeidsgiver"}),
        ("fi", "vakuutus", {"sairausvakuutus"}),
    ],
)
def test_a_word_stands_in_compounds(language: str, word: str, holders: set[str]) -> None:
    assert found(compounds(language), language, word) == holders


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("Beitragsversicherung", ["Beitrag", "Versicherung"]),
        ("Krankenversicherungsbeitragssatz", ["Krankenversicherungsbeitrag", "Satz"]),  # the fewest
        ("Rechtsbücher", ["Recht", "Bücher"]),
        ("Kinderuhren", ["Kinder", "Uhr"]),
        ("Arbeiter", []),
        ("Rechnung", []),
        ("Buch", []),
        ("Zahnbeitrag", []),  # the collection has no "Zahn"
    ],
)
def test_a_compound_is_made_of_words_of_the_collection(word: str, parts: list[str]) -> None:
    wanted = tuple(term for part in parts for term in analyse(part, "de"))
    assert sorted(compounds("de").parts(normalise(word))) == sorted(wanted)


@pytest.mark.parametrize(
    ("words", "word", "holds"),
    [
        ("Krankenversicherungsbeitrag", "Beitrag", True),
        ("Krankenversicherungsbeitrag", "Krankenversicherung", True),
        ("Gesundheitsamt", "Gesundheit", True),
        ("Gesundheitsamt", "Amt", False),
        ("Mietvertrag", "Vertrag", False),  # "Miet" may be anything
        ("Kombinationen", "Nation", False),
    ],
)
def test_a_link_that_only_compounds_have_is_enough(words: str, word: str, holds: bool) -> None:
    assert bool(compounds("de", words).holding(normalise(word))) is holds


@pytest.mark.parametrize(
    ("words", "word", "holds"),
    [
        ("Mietvertrag", "Vertrag", True),
        ("Kinderwagen", "Wagen", True),
        ("Blumenvase", "Blumen", True),
        ("Freundschaft", "Freund", False),
        ("Unterhaltung", "Unterhalt", False),
        ("Lehrerinnen", "Lehrer", False),
    ],
)
def test_a_small_collection_lacks_many_words(words: str, word: str, holds: bool) -> None:
    one = ClosedCompounds({normalise(whole) for whole in words.split()}, "de", lambda terms: dict.fromkeys(terms, 1))
    assert bool(one.holding(normalise(word))) is holds


def test_what_only_deleted_documents_had_is_no_part() -> None:
    one = ClosedCompounds(
        {"schule", "buch", "schulbuch", "x" * 9}, "de", lambda terms: dict.fromkeys(terms - {"buch"}, 1)
    )
    assert one.parts("schulbuch") == ()


def test_the_most_frequent_compounds_count() -> None:
    letters = "bcdfghjklmnp"
    words = {f"{first}a{second}uhaus" for first in letters for second in letters if first != second}
    frequency = {analyse(word, "de")[0]: number for number, word in enumerate(sorted(words), start=1)}
    told = ClosedCompounds(words | {"haus"}, "de", lambda terms: {"haus": 1, **frequency}).holding("haus")
    assert len(told) == MOST < len(words)
    assert [frequency[term] for term in told] == sorted(frequency.values(), reverse=True)[:MOST]


def test_a_part_is_the_word_as_it_is_written() -> None:
    """And not the stem of another word, such as of "monatse"."""
    words = ["monats", "monatse", "rate", "monatsrate"]
    assert analyse("Monats Monatse Rate", "de") == ["monat", "monats", "rat"]
    for order in (words, words[::-1]):
        one = ClosedCompounds(dict.fromkeys(order), "de", lambda terms: dict.fromkeys(terms, 1))
        assert one.parts("monatsrate") == ("monat", "rat")


def test_it_is_gone_with_its_last_user() -> None:
    """The frequencies hold the segments' files: no cycle may keep them open until a garbage collection."""
    gc.disable()
    try:
        one = compounds("de")
        one.holding("beitrag")
        watched = weakref.ref(one)
        del one
        assert watched() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("language", LINKS)
@pytest.mark.parametrize("word", ["", "a", "ß", "-", "1234567890", "x" * 64, "\U0001f600" * 8])
def test_any_word_may_be_asked(language: str, word: str) -> None:
    assert compounds(language, "haus").holding(word) == compounds(language, "haus").parts(word) == ()
