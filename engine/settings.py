"""Settings of the process, from the environment (`WINNOW_*`) and a file. What a collection chose is in its recipe."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from engine.config_file import FileSettings, load
from engine.home import default_cache, default_home

Precision = Literal["auto", "float32", "bfloat16", "float16", "int8"]


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(FileSettings):
    """Read once per process; every field can be set as `WINNOW_<NAME>`, or in the file (`engine/config_file.py`)."""

    home: Path = Field(default_factory=default_home, description="where collections are kept")
    cache: Path = Field(
        default_factory=default_cache,
        description="where models are kept as this machine runs them, and what a reranker has read of your passages; "
        "it may be deleted at any time",
    )
    catalogue: str | None = Field(
        default=None, description="URL of a PostgreSQL database that holds the catalogue; one for each home"
    )
    runtime: Literal["auto", "onnx", "openvino", "torch"] = Field(
        default="auto",
        description="what runs the models: `auto` is `onnx`, but where thousands of documents are embedded the fastest "
        "of those that are installed and faithful, by a self-test on this machine (`winnow models test`)",
    )
    precision: Precision = Field(
        default="auto",
        description="what matrices are multiplied in: `auto` is `int8` on `onnx` for a model that says that it was "
        "measured so, as the bundled reranker does, and `float32` otherwise; `bfloat16` and `float16`, on `openvino` "
        "and `torch`, are about twice as fast as `float32` where the processor or the GPU has them, and change scores "
        "in the third digit",
    )
    scan: Literal["faiss", "numpy"] = Field(default="faiss", description="what scans binary codes")
    index_kind: str = Field(
        default="auto",
        description="the vector index that new segments get: a name in engine/vectors/kinds, or `auto` (none up to ten "
        "million chunks); searching uses what a segment has, but none for `exact`, and a GPU for `faiss-gpu`",
    )
    threads: int = Field(default_factory=_cores, ge=1, description="threads of the models")
    token_budget: int = Field(default=1024, ge=256, description="tokens, padding included, in one batch of a model")
    reranker_cache_mb: int = Field(
        default=256,
        ge=0,
        description="megabytes of passages, as a late-interaction reranker has read them, to keep in memory",
    )
    reranker_disk_mb: int = Field(
        default=1000,
        ge=0,
        description="the same on disk, in the folder `cache`, for all collections together (18 kB a passage)",
    )
    embeddings_disk_mb: int = Field(
        default=256,
        ge=0,
        description="megabytes of embedded passages to keep in the folder `cache`, for all collections together (2 kB "
        "a passage): a passage that comes again, in a changed, restored or copied document, is not embedded again; 0 "
        "keeps none",
    )
    remote_seconds: float = Field(
        default=60.0,
        gt=0,
        description="seconds that one request to a model at an address may take, repetitions included",
    )
    commit_chunks: int = Field(default=4000, ge=1, description="chunks after which an ingest commits")
    commit_seconds: float = Field(default=60.0, gt=0, description="seconds after which an ingest commits what it has")
    ingest_workers: int = Field(
        default_factory=lambda: min(_cores() - 1, 2),
        ge=0,
        le=64,
        description="processes that read and cut documents beside the one that embeds and writes them, where there is "
        "much to read; 0: none",
    )
    text_first_chunks: int = Field(
        default=1000, ge=0, description="chunks without vectors above which an ingest commits their text first"
    )
    sweep_grace_seconds: float = Field(default=600.0, ge=0, description="age below which leftovers are never swept")
    cutoff_layer: int = Field(
        default=28, ge=1, description="after how many of its layers bge-reranker-v2-minicpm-layerwise gives its score"
    )
    query_prompt: str | None = Field(
        default=None, description="what a new collection puts before each query; unset: as its encoder says"
    )
    document_prompt: str | None = Field(
        default=None, description="what a new collection puts before each document; unset: as its encoder says"
    )
    trust_remote_code: bool = Field(default=False, description="run code that comes with a model")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings."""
    return load(Settings)
