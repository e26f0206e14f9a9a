"""Judged collections: BEIR folders, zip files of them, MTEB-style parquet folders, and public sets by name."""

from benchmarks.datasets.dataset import Dataset, Qrels
from benchmarks.datasets.loading import load_dataset

__all__ = ["Dataset", "Qrels", "load_dataset"]
