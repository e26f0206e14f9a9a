"""The same weights in the hands of other libraries: each loads the models in the form that it reads.

A library that is missing has no row, and `lacking` says what to install.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Generic, TypeVar

from benchmarks.peers.models import load_cross_encoder, load_sentence_transformer
from engine.models.checkpoints.locate import locate
from engine.models.export import ONNX_FILE, export

ST = "sentence-transformers"
Embed = Callable[[list[str]], object]
Rank = Callable[[str, list[str]], object]
Run = TypeVar("Run")


@dataclass(frozen=True, slots=True)
class Library(Generic[Run]):
    """How a library is loaded with a model; `folder` is for the form of the model that it reads."""

    load: Callable[[str, Path], Run]
    needs: tuple[str, ...]  # modules
    pip: str

    @property
    def installed(self) -> bool:
        return all(find_spec(module.partition(".")[0]) and find_spec(module) for module in self.needs)


def lacking(libraries: Mapping[str, Library[Any]]) -> list[str]:
    """A line about each library that is not installed."""
    return [f"{name} is not installed: pip install {one.pip}" for name, one in libraries.items() if not one.installed]


def _torch(encoder: str, folder: Path) -> Embed:
    return _embedding(load_sentence_transformer(encoder))


def _exported(backend: str, encoder: str, folder: Path) -> Embed:
    from sentence_transformers import SentenceTransformer

    model = _graph(encoder, folder)
    if backend == "openvino":
        _to_openvino(model)
    return _embedding(SentenceTransformer(str(model), device="cpu", backend=backend))


def _embedding(model: Any) -> Embed:
    return partial(model.encode, normalize_embeddings=True, show_progress_bar=False)


def _fastembed(encoder: str, folder: Path) -> Embed:
    """Mean pooling and unit length: it has no layer after the transformer, which is a thousandth of the work."""
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    model = _graph(encoder, folder)
    width = json.loads((model / "config.json").read_text(encoding="utf-8"))["hidden_size"]
    TextEmbedding.add_custom_model(
        model=str(model), pooling=PoolingType.MEAN, normalization=True, sources=ModelSource(url="none"), dim=width,
        model_file=ONNX_FILE,
    )  # fmt: skip
    loaded = TextEmbedding(str(model), specific_model_path=str(model))
    return lambda texts: list(loaded.embed(texts))


def _cross_encoder(reranker: str, folder: Path) -> Rank:
    return partial(load_cross_encoder(reranker).rank, show_progress_bar=False)


def _flashrank(reranker: str, folder: Path) -> Rank:
    """FlashRank knows models by names of its own: ours lies under one of them."""
    from flashrank import Ranker, RerankRequest
    from flashrank.Config import model_file_map

    name = "ms-marco-MiniLM-L-12-v2"
    classifier = folder / "classifier"
    judge = load_cross_encoder(reranker)
    judge.save_pretrained(str(classifier))
    export(classifier, folder / "flashrank" / name, "onnx")
    home = folder / "flashrank" / name
    shutil.move(home / ONNX_FILE, home / model_file_map[name])
    special = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    (home / "special_tokens_map.json").write_text(json.dumps(special), encoding="utf-8")
    ranker = Ranker(name, cache_dir=str(folder / "flashrank"), log_level="WARNING")

    def rank(query: str, texts: list[str]) -> object:
        return ranker.rerank(RerankRequest(query, [{"text": text} for text in texts]))

    return rank


def _graph(encoder: str, folder: Path) -> Path:
    """The encoder with an ONNX graph in place of its weights."""
    model = folder / "onnx-encoder"
    if not model.is_dir():
        export(locate(encoder, "encoder"), model, "onnx")
    return model


def _to_openvino(model: Path) -> None:
    import openvino

    (model / "openvino").mkdir(exist_ok=True)
    openvino.save_model(
        openvino.convert_model(model / ONNX_FILE), model / "openvino" / "openvino_model.xml", compress_to_fp16=False
    )


ENCODERS: dict[str, Library[Embed]] = {
    ST: Library(_torch, ("sentence_transformers",), ST),
    f"{ST}, onnx": Library(
        partial(_exported, "onnx"), ("sentence_transformers", "optimum.onnxruntime"), f"'{ST}[onnx]'"
    ),
    f"{ST}, openvino": Library(
        partial(_exported, "openvino"), ("sentence_transformers", "optimum.intel"), f"'{ST}[openvino]'"
    ),
    "fastembed": Library(_fastembed, ("fastembed",), "fastembed"),
}
RERANKERS: dict[str, Library[Rank]] = {
    ST: Library(_cross_encoder, ("sentence_transformers",), ST),
    "flashrank": Library(_flashrank, ("sentence_transformers", "flashrank"), f"flashrank {ST}"),
}
