"""Climate-FEVER's claims over its evidence sentences as a judged collection, for choosing defaults on another domain.

Run `python -m benchmarks.datasets.climate_fever FILE OUT`; FILE is climate-fever.jsonl[.gz]. A sentence that supports
or refutes a claim answers it; claims that no sentence bears on are left out. The only split is `dev`.
Diggelmann et al. 2020, https://arxiv.org/abs/2012.00614
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.datasets.writing import Collection, run
from indexer.training.sources.files import read_lines


def convert(source: Path, out: Path) -> tuple[int, int]:
    """Write the collection; the numbers of sentences and of claims."""
    made = Collection()
    for row in read_lines(source):
        for evidence in row["evidences"]:
            sentence = evidence["evidence_id"]
            made.documents[sentence] = (evidence["article"], evidence["evidence"])
            if evidence["evidence_label"] != "NOT_ENOUGH_INFO":
                made.queries[row["claim_id"]] = row["claim"]
                made.answers[row["claim_id"], sentence] = None
    made.write(out, "dev")
    return len(made.documents), len(made.queries)


if __name__ == "__main__":
    run(__doc__, convert, "{} sentences, {} claims")
