"""Graphs that a model's publisher put beside its weights, in ONNX's format or OpenVINO's: named after a `#`.

    sentence-transformers/all-MiniLM-L6-v2#onnx/model_qint8_avx512_vnni.onnx
    ./mine#openvino/openvino_model_qint8_quantized.xml

Which of them suits a processor is written in its name only, so none is taken that was not asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from engine.errors import ModelNotFound, UnsupportedModel

_NAMED = re.compile(r"(?P<model>.+)#(?P<file>[\w.-]+(?:/[\w.-]+)*\.(?:onnx|xml))")
_HIDDEN, _LOGITS = ("last_hidden_state", "token_embeddings"), ("logits",)
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def split_graph(name: str) -> tuple[str, str | None]:
    """A model's name, and the file of its graph where the name has one."""
    found = _NAMED.fullmatch(name)
    if found is None or ".." in found["file"].split("/"):
        return name, None
    return found["model"], found["file"]


def graph_patterns(file: str | None) -> list[str]:
    """The files of a graph: weights may lie beside it."""
    if file is None:
        return []
    beside = [file.removesuffix(".xml") + ".bin"] if file.endswith(".xml") else [f"{file}_data", f"{file}.data"]
    return [file, *beside]


def graph_in(root: Path, name: str) -> Path | None:
    """The graph that a model's name asks for, None where it asks for none. ModelNotFound."""
    file = split_graph(name)[1]
    if file is None:
        return None
    if not (root / file).is_file():
        known = sorted(str(found.relative_to(root)) for kind in ("*.onnx", "*.xml") for found in root.rglob(kind))
        raise ModelNotFound(
            f"{root} has no graph {file}.",
            f"It has {', '.join(known)}." if known else "Leave # and the file out: its weights are run.",
        )
    return root / file


def graph_files(graph: Path) -> list[Path]:
    """A graph's file and those beside it that hold its weights."""
    return [file for file in (graph.parent / name for name in graph_patterns(graph.name)) if file.is_file()]


def chosen_output(graph: Path, inputs: Sequence[str], outputs: Sequence[str], *, logits: bool) -> str:
    """The output that is used: a classifier's logits, else the last hidden states. UnsupportedModel where there is
    none, or where the graph wants more than tokens.
    """
    unknown = [name for name in inputs if name not in INPUTS]
    found = next((name for name in (_LOGITS if logits else _HIDDEN) if name in outputs), None)
    if unknown or found is None:
        raise UnsupportedModel(
            f"{graph} takes {', '.join(inputs)} and gives {', '.join(outputs)}: Winnow gives it "
            f"{', '.join(INPUTS)} and needs {' or '.join(_LOGITS if logits else _HIDDEN)}.",
            "Leave # and the file out: its weights are run.",
        )
    return found
