"""Our BM25 against plain exhaustive implementations, whatever the segmentation, and after deletes."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from rank_bm25 import BM25Okapi

from engine.lexical import search
from engine.lexical.analysis import analyse
from engine.lexical.bm25 import Bm25
from engine.lexical.query import MAX_TERMS, LexicalQuery, parse_query
from engine.lexical.search import FUNCTION_WEIGHT, constraint_mask, search_lexical
from engine.lexical.segment import LexicalSegment
from engine.lexical.statistics import LexicalStatistics, of_segments
from engine.lexical.writing.segment import LexicalEntry, write_lexical
from engine.recipe import Recipe
from engine.types import RowMask

WORDS = [f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(300)]  # no digits: they are parts
RECIPES = [
    Recipe(),
    Recipe(k1=0.9, b=0.4),
    Recipe(k1=2.0, b=1.0, title_weight=3.0, body_weight=0.5),
    Recipe(title_weight=0.0),
]


def corpus(count: int, seed: int = 0) -> list[LexicalEntry]:
    """Zipfian words, sorted by title, so that segments differ as much as they can."""
    chance = random.Random(seed)
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    entries = [
        LexicalEntry(
            " ".join(chance.choices(WORDS, weights, k=chance.randrange(6))),
            " ".join(chance.choices(WORDS, weights, k=chance.randrange(1, 150))),
            "und",
        )
        for _ in range(count)
    ]
    return sorted(entries, key=lambda entry: entry.title)


def queries(count: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=chance.randrange(1, 9))) for _ in range(count)]


def exhaustive(entries: Sequence[LexicalEntry], query: LexicalQuery, recipe: Recipe) -> list[float]:
    """BM25F with Lucene's IDF, word by word, straight from the papers. The alternatives of a word are one term."""
    titles = [Counter(analyse(entry.title, entry.language)) for entry in entries]
    bodies = [Counter(analyse(entry.body, entry.language)) for entry in entries]
    wt, wb = recipe.title_weight, recipe.body_weight
    lengths = [wt * title.total() + wb * body.total() for title, body in zip(titles, bodies, strict=True)]
    average = sum(lengths) / len(lengths)
    scores = [0.0] * len(entries)
    held = {term for counts in (*titles, *bodies) for term in counts}
    content = any(held & set(word) for word in query.terms if word not in query.function)
    for word in query.terms:
        weight = FUNCTION_WEIGHT if content and word in query.function else 1.0
        df = sum(term in title or term in body for term in word for title, body in zip(titles, bodies, strict=True))
        df = min(df, len(entries))
        idf = weight * math.log(1 + (len(entries) - df + 0.5) / (df + 0.5)) if df else 0.0
        for row, (title, body) in enumerate(zip(titles, bodies, strict=True)):
            tf = sum(wt * title[term] + wb * body[term] for term in word)
            norm = 1 - recipe.b + recipe.b * lengths[row] / average
            scores[row] += idf * tf * (recipe.k1 + 1) / (tf + recipe.k1 * norm) if tf else 0.0
    return scores


def write(directory: Path, entries: Sequence[LexicalEntry], count: int) -> list[LexicalSegment]:
    bounds = [len(entries) * i // count for i in range(count + 1)]
    for i in range(count):
        write_lexical(directory / str(i), entries[bounds[i] : bounds[i + 1]])
    return [LexicalSegment.open(directory / str(i)) for i in range(count)]


def found(
    segments: Sequence[LexicalSegment],
    query: LexicalQuery,
    k: int,
    recipe: Recipe | None = None,
    masks: Sequence[RowMask | None] | None = None,
    statistics: LexicalStatistics | None = None,
) -> list[tuple[int, float]]:
    """Rows counted over all segments, with their scores."""
    first = np.cumsum([0, *(segment.rows for segment in segments)])
    results = search_lexical(
        segments, query, statistics or of_segments(segments), recipe or Recipe(), k, masks or [None] * len(segments)
    )
    return [(int(first[place.segment]) + place.row, score) for place, score in results]


def agree(results: Sequence[tuple[int, float]], oracle: Sequence[float], k: int) -> None:
    """The results are the oracle's k best to 1e-6: the same scores in order, and each row's own score."""
    best = sorted((score for score in oracle if score > 0), reverse=True)[:k]
    assert [score for _, score in results] == pytest.approx(best, abs=1e-6)
    assert [score for _, score in results] == pytest.approx([oracle[row] for row, _ in results], abs=1e-6)
    assert len({row for row, _ in results}) == len(results)


@pytest.fixture(params=["small", "large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments as they are, and searched as if they were large: without the words that add a third of the score."""
    if request.param == "large":
        monkeypatch.setattr(search, "_LARGE", 0)
        monkeypatch.setattr(search, "_LIGHT", 0.34)


@pytest.fixture(scope="module")
def zipfian(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[LexicalSegment]]:
    """The corpus in 1, 7 and 40 segments."""
    return {count: write(tmp_path_factory.mktemp("zipfian"), corpus(600), count) for count in (1, 7, 40)}


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("count", [1, 7, 40])
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"k1={recipe.k1},title={recipe.title_weight}")
def test_search_equals_the_exhaustive_oracle(
    zipfian: dict[int, list[LexicalSegment]], count: int, recipe: Recipe
) -> None:
    entries, segments = corpus(600), zipfian[count]
    for text in queries(8):
        query = parse_query(text, ["und"], ())
        oracle = exhaustive(entries, query, recipe)
        for k in (1, 10, 100, 2000):
            agree(found(segments, query, k, recipe), oracle, k)


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("count", [1, 7, 40])
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"k1={recipe.k1},title={recipe.title_weight}")
def test_words_with_many_alternatives_equal_the_exhaustive_oracle(
    zipfian: dict[int, list[LexicalSegment]], count: int, recipe: Recipe
) -> None:
    """As of a word with its compounds: up to a hundred, some of which hold another word of the query, too."""
    entries, segments = corpus(600), zipfian[count]
    chance = random.Random(4)
    for _ in range(6):
        groups = [tuple(chance.sample([*WORDS, "nowhere"], chance.randrange(1, 100))) for _ in range(4)]
        query = LexicalQuery("", (*groups, groups[0]))
        oracle = exhaustive(entries, query, recipe)
        for k in (10, 100, 2000):
            agree(found(segments, query, k, recipe), oracle, k)


def test_weights_of_one_equal_rank_bm25_over_title_and_body_as_one_text(tmp_path: Path) -> None:
    entries = corpus(300)
    segments = write(tmp_path, entries, 3)
    recipe = Recipe(k1=1.5, b=0.6)
    oracle = BM25Okapi([analyse(f"{e.title} {e.body}", "und") for e in entries], k1=recipe.k1, b=recipe.b)
    frequencies = Counter(term for document in oracle.doc_freqs for term in document)
    oracle.idf = {t: math.log(1 + (len(entries) - df + 0.5) / (df + 0.5)) for t, df in frequencies.items()}
    for text in queries(20):
        query = parse_query(text, ["und"], ())
        scores = oracle.get_scores(text.split()).tolist()
        agree(found(segments, query, 50, recipe), scores, 50)


@dataclass
class Living:
    """Statistics of the rows that a mask leaves alive, the deleted ones subtracted as the store does."""

    segments: Sequence[LexicalSegment]
    alive: Sequence[RowMask]

    def __post_init__(self) -> None:
        totals = [s.totals(np.flatnonzero(mask)) for s, mask in zip(self.segments, self.alive, strict=True)]
        self.chunk_count = sum(total.chunks for total in totals)
        self.title_length = sum(total.title_length for total in totals)
        self.body_length = sum(total.body_length for total in totals)
        self._deleted = []
        for segment, mask in zip(self.segments, self.alive, strict=True):
            ids, counts = segment.term_counts(np.flatnonzero(~mask))
            self._deleted.append(dict(zip(ids.tolist(), counts.tolist(), strict=True)))

    def document_frequency(self, term: str) -> int:
        return sum(
            segment.document_frequency(term) - deleted.get(int(segment.term_ids([term])[0]), 0)
            for segment, deleted in zip(self.segments, self._deleted, strict=True)
        )


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("count", [1, 7, 40])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97, 1.0])
def test_after_deletes_scores_are_those_of_an_index_that_never_held_deleted_rows(
    zipfian: dict[int, list[LexicalSegment]], count: int, share: float
) -> None:
    entries, segments = corpus(600), zipfian[count]
    deleted = np.random.default_rng(3).random(len(entries)) < share
    alive = np.split(~deleted, np.cumsum([segment.rows for segment in segments])[:-1])
    left = [row for row in range(len(entries)) if not deleted[row]]
    for text in queries(4):
        query = parse_query(text, ["und"], ())
        results = found(segments, query, 20, masks=alive, statistics=Living(segments, alive))
        scores = exhaustive([entries[row] for row in left], query, Recipe()) if left else []
        agree([(left.index(row), score) for row, score in results], scores, 20)


def test_rows_of_light_words_alone_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer rows hold the rare word than are wanted: the others are ranked by a word that tantivy is not asked for."""
    monkeypatch.setattr(search, "_LARGE", 0)
    monkeypatch.setattr(search, "_LIGHT", 0.34)
    entries = [
        LexicalEntry("", f"common {'filler ' * (i % 40)}{'rare' if i % 300 == 7 else ''}", "und") for i in range(900)
    ]
    segments = write(tmp_path, entries, 2)
    for text in ("common rare", "rare common common"):
        query = parse_query(text, ["und"], ())
        for k in (1, 3, 10, 50, 1000):
            agree(found(segments, query, k), exhaustive(entries, query, Recipe()), k)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5, 0.9])
def test_k_results_come_back_under_any_filter(tmp_path: Path, share: float) -> None:
    entries = [LexicalEntry("", f"common w{i % 50} " + "filler " * (i % 40), "und") for i in range(5000)]
    segments = write(tmp_path, entries, 2)
    chance = np.random.default_rng(5)
    masks = [chance.random(segment.rows) < share for segment in segments]
    allowed = np.flatnonzero(np.concatenate(masks))
    results = found(segments, parse_query(f"common {WORDS[7]}", ["und"], ()), 100, masks=masks)
    assert len(results) == min(100, len(allowed))
    assert {row for row, _ in results} <= set(allowed.tolist())
    unfiltered = dict(found(segments, parse_query(f"common {WORDS[7]}", ["und"], ()), 5000))
    scores = [unfiltered.get(row, 0.0) for row in range(5000)]
    agree(results, [score if row in set(allowed.tolist()) else 0.0 for row, score in enumerate(scores)], 100)


def test_alternatives_find_documents_of_several_languages(tmp_path: Path) -> None:
    entries = [
        LexicalEntry("", "the connections were running", "en"),
        LexicalEntry("", "les connections running", "und"),
        LexicalEntry("", "東京タワーへ行く", "ja"),
        LexicalEntry("", "nothing of the kind", "en"),
    ]
    segments = write(tmp_path, entries, 2)
    query = parse_query("connections", ["en", "und"], ())
    assert sorted(row for row, _ in found(segments, query, 10)) == [0, 1]
    agree(found(segments, query, 10), exhaustive(entries, query, Recipe()), 10)
    assert [row for row, _ in found(segments, parse_query("タワー", ["en"], ()), 10)] == [2]


def test_a_rare_alternative_does_not_outweigh_the_other_words(tmp_path: Path) -> None:
    """Two short texts that were not stemmed hold forms that no other text has."""
    prose = "the digital computer stores numbers in its memory and reads them again for each step of the program"
    entries = [LexicalEntry("", f"{prose} of the filter {i}", "en") for i in range(3)]
    entries += [LexicalEntry("", f"{prose} {i}", "en") for i in range(3)]
    entries += [LexicalEntry("", "the antenna radiates most of its power into one narrow direction", "en")] * 20
    entries += [LexicalEntry("", "Old computers of the laboratory in its first year", "und")]
    entries += [LexicalEntry("", "Filters for the hall of the laboratory in the winter", "und")]
    for count in (1, 5):
        segments = write(tmp_path / str(count), entries, count)
        query = parse_query("computers and filters", ["en", "und"], ())
        results = found(segments, query, 30)
        agree(results, exhaustive(entries, query, Recipe()), 30)
        assert {row for row, _ in results[:3]} == {0, 1, 2}


def test_a_query_of_common_words_still_answers(tmp_path: Path) -> None:
    entries = [LexicalEntry("", f"to be or not to be {WORDS[i]}", "en") for i in range(30)]
    segments = write(tmp_path, entries, 2)
    results = found(segments, parse_query("to be or not to be", ["en"], ()), 10)
    assert len(results) == 10 and all(score > 0 for _, score in results)
    assert [row for row, _ in results] == list(range(10))  # ties: by segment, then row


def test_a_capped_query_scores_its_rarest_terms(tmp_path: Path) -> None:
    rare = [f"r{i}" for i in range(MAX_TERMS)]
    common = [f"c{i}" for i in range(50)]
    entries = [LexicalEntry("", " ".join([*common, term]), "und") for term in rare]
    segments = write(tmp_path, entries, 2)
    query = parse_query(" ".join([*common, *rare]), ["und"], ())
    assert query.capped
    scorer = Bm25.of(Counter((term,) for term in common + rare), of_segments(segments), Recipe(), MAX_TERMS)
    assert set(scorer.weights) == {(term,) for term in rare}
    assert len(found(segments, query, 300)) == MAX_TERMS


def test_function_words_weigh_little_beside_others(tmp_path: Path) -> None:
    entries = [LexicalEntry("", f"how to do it and how you can do it {i}", "en") for i in range(3)]
    entries += [LexicalEntry("", "the clutch gets hot on a hill", "en")]
    entries += [LexicalEntry("", f"the mill stands still on hill number {i}", "en") for i in range(30)]
    segments = write(tmp_path, entries, 2)
    query = parse_query("how can you do it if the clutch is hot", ["en"], ())
    results = found(segments, query, 10)
    assert results[0][0] == 3
    agree(results, exhaustive(entries, query, Recipe()), 10)
    only = parse_query("how can you do it", ["en"], ())
    agree(found(segments, only, 10), exhaustive(entries, only, Recipe()), 10)


def test_nothing_to_find(tmp_path: Path) -> None:
    segments = write(tmp_path, corpus(20), 2)
    for text in ("", "absent", f"-{WORDS[1]}", "!!!"):
        assert found(segments, parse_query(text, ["und"], ()), 10) == []
    assert found(segments, parse_query(WORDS[1], ["und"], ()), 0) == []
    assert search_lexical([], parse_query(WORDS[1], ["und"], ()), of_segments([]), Recipe(), 10, []) == []


def test_phrases_exclusions_and_title_words(tmp_path: Path) -> None:
    entries = [
        LexicalEntry("Acid rain", "falls on forests", "en"),
        LexicalEntry("Forests", "the rain is acid", "en"),
        LexicalEntry("Rain", "some acid rains over a forest", "en"),
        LexicalEntry("Saurer Regen", "acid rain, auf Deutsch", "de"),
    ]
    segments = write(tmp_path, entries, 1)

    def rows(text: str) -> list[int]:
        query = parse_query(text, ["en", "de"], ())
        masks = [constraint_mask(segment, query) for segment in segments]
        return sorted(row for row, _ in found(segments, query, 10, masks=masks))

    assert constraint_mask(segments[0], parse_query("acid rain", ["en"], ())) is None
    assert rows("acid rain") == [0, 1, 2, 3]
    assert rows('"acid rain"') == [0, 2, 3]
    assert rows('"acid rain" -forest') == [3]
    assert rows('acid -"acid rain"') == [1]
    assert rows("title:rain acid") == [0, 2]
    assert rows("acid -title:forest") == [0, 2, 3]
    assert rows('"acid rain" "no such phrase"') == []
    only = constraint_mask(segments[0], parse_query("-forest", ["en", "de"], ()))
    assert only is not None and only.tolist() == [False, False, False, True]


def test_threads_get_the_same_results(tmp_path: Path) -> None:
    segments = write(tmp_path, corpus(500), 3)
    parsed = [parse_query(text, ["und"], ()) for text in queries(10)]
    expected = [found(segments, query, 10) for query in parsed]
    with ThreadPoolExecutor(8) as pool:
        for results in pool.map(lambda _: [found(segments, query, 10) for query in parsed], range(16)):
            assert results == expected
