"""A judged collection by what the user typed: a folder, a zip file, or a name."""

from __future__ import annotations

import zipfile
from pathlib import Path

from engine.errors import SourceNotFound
from indexer.evaluation.datasets.archive import unpack
from indexer.evaluation.datasets.dataset import Dataset, make_dataset
from indexer.evaluation.datasets.judgements import read_qrels
from indexer.evaluation.datasets.layout import qrels_files, record_files
from indexer.evaluation.datasets.named import download, named_datasets
from indexer.evaluation.datasets.records import ID, field, read_records


def load_dataset(location: str | Path, split: str, cache: Path) -> Dataset:
    """Read queries and judgements; zip files are unpacked below `cache`. A path that exists wins over a name.

    SourceNotFound names the part or split that is missing, or says that a name is unknown or out of reach.
    """
    path = Path(location).expanduser()
    if path.is_dir():
        return _read_folder(path, path.resolve().name, split, split)
    if path.is_file() and zipfile.is_zipfile(path):
        return _read_folder(unpack(path, cache), path.stem, split, split)
    if path.exists():
        raise SourceNotFound(f"{path} is neither a folder nor a zip file.", "Give a BEIR folder or a zip file of one.")
    named = named_datasets().get(str(location).lower())
    if named is None:
        raise SourceNotFound(
            f"There is no folder and no data set {str(location)!r}.",
            "Give a BEIR folder, a zip file of one, or a name that `winnow bench datasets` lists.",
        )
    return _read_folder(download(named), named.name, split, named.splits.get(split, split))


def _read_folder(folder: Path, name: str, split: str, stored_split: str) -> Dataset:
    """`stored_split` is what the files call the split."""
    qrels = read_qrels(qrels_files(folder, stored_split))
    texts = {
        field(record, ID, f"{folder}/queries"): field(record, ("text", "query"), f"{folder}/queries")
        for record in read_records(record_files(folder, "queries"))
    }
    dataset = make_dataset(name, split, texts, qrels, record_files(folder, "corpus"))
    if not dataset.queries:
        raise SourceNotFound(
            f"No query of {folder} has both a text and a relevant document in split {split!r}.",
            "Check that the ids of queries and judgements agree.",
        )
    return dataset
