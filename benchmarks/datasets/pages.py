"""Pages of documentation as a judged collection of long, topical queries, for choosing defaults on such ones.

Run `python -m benchmarks.datasets.pages FOLDER OUT [--every N]`; FOLDER may be a tar archive. A page's opening is the
query, and the other passages of the same page answer it; of N pages one is read. The opening has the query's id, by
which the runner keeps it out of the answers. The only split is `dev`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.datasets.writing import Collection
from indexer.training.negatives import plain
from indexer.training.sources.documents import parsed_documents, sections, unpacked
from indexer.training.sources.passages import word_spans

PASSAGE, OPENING = 170, 130  # words
FEWEST_WORDS, FEWEST_PASSAGES = 60, 4  # of an opening, and of a page


def convert(source: Path, out: Path, every: int = 1) -> tuple[int, int]:
    """Write the collection; the numbers of passages and of queries."""
    made = Collection()
    with unpacked(source) as folder:
        for place, parsed in enumerate(parsed_documents(folder)):
            if place % every == 0:
                _add(made, f"p{place}", [text for _, _, text in sections(parsed)])
    made.write(out, "dev")
    return len(made.documents), len(made.queries)


def _add(made: Collection, page: str, texts: list[str]) -> None:
    passages = [text[start:end] for text in texts for start, end in word_spans(text, PASSAGE)]
    names = [f"{page}-{number}" for number in range(len(passages))]
    made.documents.update({name: ("", passage) for name, passage in zip(names, passages, strict=True)})
    opening = passages[0].split() if passages else []
    if len(passages) >= FEWEST_PASSAGES and len(opening) >= FEWEST_WORDS:
        made.queries[names[0]] = plain(" ".join(opening[:OPENING]))
        made.answers.update({(names[0], name): None for name in names[1:]})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    print("{} passages, {} queries".format(*convert(arguments.source, arguments.out, arguments.every)))
