"""Judged collections: BEIR folders, zip files of them, MTEB-style parquet folders, and public sets by name."""

from indexer.evaluation.datasets.dataset import Dataset, Qrels
from indexer.evaluation.datasets.loading import load_dataset

__all__ = ["Dataset", "Qrels", "load_dataset"]
