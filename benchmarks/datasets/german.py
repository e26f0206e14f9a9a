"""German questions over a folder of German pages, for measuring how compounds are found.

Run `python -m benchmarks.datasets.german FOLDER OUT`; FOLDER holds the German pages of "The Debian Administrator's
Handbook" (html/de-DE of the package debian-handbook 11). The questions ask in parts for what the pages call by a
compound, and in compounds for what they call by parts, as people type. The only split is `dev`.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.datasets.writing import Collection, run
from indexer.sources.source import Source, discover

QUESTIONS = Path(__file__).parents[1] / "held-out" / "german-handbook.jsonl"


def convert(folder: Path, out: Path) -> tuple[int, int]:
    """Write the collection; the numbers of pages and of questions."""
    made = Collection()
    for source in discover([folder]):
        if isinstance(source, Source) and source.uri.endswith(".html"):
            parsed = source.parse()
            made.documents[Path(source.uri).name] = (parsed.title, parsed.text)
    for number, line in enumerate(QUESTIONS.read_text("utf-8").splitlines()):
        question = json.loads(line)
        made.queries[f"g{number:02}"] = question["q"]
        made.answers.update({(f"g{number:02}", page): None for page in question["pages"]})
    made.write(out, "dev")
    return len(made.documents), len(made.queries)


if __name__ == "__main__":
    run(__doc__, convert, "{} pages, {} questions")
