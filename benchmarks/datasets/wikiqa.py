"""WikiQA's question-sentence pairs as a judged collection in BEIR's layout, for choosing defaults on another domain.

Run `python -m benchmarks.datasets.wikiqa FOLDER OUT`; FOLDER holds pairs_{train,dev,test}.jsonl.gz. All sentences make
the corpus; only development questions that have an answer are kept, so `--split dev` is the only one.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.datasets.writing import Collection, run
from indexer.training.sources.files import read_lines

PARTS = ("dev", "test", "train")
JUDGED = "dev"


def convert(source: Path, out: Path) -> tuple[int, int]:
    """Write the collection; the numbers of sentences and of questions."""
    made = Collection()
    sentences: dict[str, str] = {}
    questions: dict[str, str] = {}
    for part in PARTS:
        for pair in read_lines(source / f"pairs_{part}.jsonl.gz"):
            sentence = sentences.setdefault(pair["text"], str(len(sentences)))
            made.documents[sentence] = ("", pair["text"])
            if part == JUDGED and int(pair["label"]) > 0:
                question = questions.setdefault(pair["query"], f"q{len(questions)}")
                made.queries[question] = pair["query"]
                made.answers[question, sentence] = None
    made.write(out, JUDGED)
    return len(sentences), len(questions)


if __name__ == "__main__":
    run(__doc__, convert, "{} sentences, {} questions")
