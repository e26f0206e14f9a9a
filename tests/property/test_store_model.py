"""A collection against a dict: whatever is done in whatever order, it holds what the dict holds, and its statistics
are those of a collection into which the same documents went at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.lexical.analysis import analyse
from engine.store.generation import open_generation
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from tests.support.stores import batch, config, contents, fast_home, stored

WORDS = ["ferry", "boats", "dawn", "running", "über", "船夜"]
NAMES = st.sampled_from([f"d{n}" for n in range(6)])
TEXTS = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
METADATA = st.fixed_dictionaries({}, optional={"year": st.integers(0, 3).map(float), "tag": st.sampled_from(WORDS)})
VERSIONS = st.builds(
    lambda name, text, language, metadata: stored(name, text, language=language, **metadata),
    NAMES, TEXTS, st.sampled_from(["en", "de", "ja"]), METADATA,
)  # fmt: skip
COMMITS = st.tuples(
    st.just("commit"), st.lists(VERSIONS, max_size=4, unique_by=lambda s: s.document.id), st.sets(NAMES, max_size=3)
)
OPERATIONS = st.lists(COMMITS | st.sampled_from([("reopen",), ("sweep",)]), min_size=1, max_size=7)


def check(operations: Any) -> None:
    model: dict[str, Any] = {}
    with fast_home() as home:
        writer = open_writer(home, "docs", config())
        for operation, *arguments in operations:
            if operation == "commit":
                versions, deletes = arguments
                deletes &= model.keys()
                writer.commit(batch(*versions), deletes=deletes)
                for name in deletes:
                    del model[name]
                model |= {version.document.id: version for version in versions}
            elif operation == "reopen":
                writer.close()
                writer = open_writer(home, "docs")
            else:
                writer.sweep(0)
            assert writer.content_hashes() == {name: version.content_hash for name, version in model.items()}
        writer.close()
        with open_writer(home, "fresh", config()) as fresh:
            fresh.commit(batch(*model.values()))
        assert verify(home, "docs").problems == ()
        compare(home, model)


def compare(home: Path, model: Any) -> None:
    with open_generation(home, "docs") as grown, open_generation(home, "fresh") as fresh:
        assert contents(grown) == {name: version.document for name, version in model.items()}
        assert grown.manifest.living == fresh.manifest.living
        assert grown.languages == fresh.languages
        ours, theirs = grown.statistics, fresh.statistics
        assert (ours.chunk_count, ours.title_length, ours.body_length) == (
            theirs.chunk_count, theirs.title_length, theirs.body_length,
        )  # fmt: skip
        texts = [*WORDS, *(f"Title of d{n}" for n in range(6)), *(f"Part {n}" for n in range(5)), "absent"]
        terms = {term for text in texts for language in ("en", "de", "ja") for term in analyse(text, language)}
        for term in terms:
            assert ours.document_frequency(term) == theirs.document_frequency(term), term
        for name in model:
            assert grown.document(*(grown.find(name) or ())) == model[name].document


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(OPERATIONS)
def test_a_collection_is_a_dict(operations: Any) -> None:
    check(operations)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(OPERATIONS)
def test_a_collection_is_a_dict_for_long(operations: Any) -> None:
    check(operations)
