"""The floor of this machine: its measured rates of multiplying and of reading memory, and how long the work takes
at that rate if nothing else had to be done.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper

from engine.models.checkpoints.weights import read_tensors, weight_files

_REPEATS = 7
_WIDE = 1536  # of the matrices: 9 MB each, as a transformer's batch is
_READ = 1 << 28  # bytes


def multiplications() -> float:
    """Floating-point operations a second of a float32 matrix product on all threads, by the run-time that embeds."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["a", "b"], ["c"])],
        "product",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [_WIDE, _WIDE]) for name in "ab"],
        [helper.make_tensor_value_info("c", TensorProto.FLOAT, [_WIDE, _WIDE])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    square = np.ones((_WIDE, _WIDE), np.float32)
    return 2.0 * _WIDE**3 / _fastest(lambda: session.run(None, {"a": square, "b": square}))


def bytes_read() -> float:
    """Bytes a second that one thread reads from memory."""
    words: NDArray[np.uint64] = np.ones(_READ // 8, np.uint64)
    return _READ / _fastest(lambda: np.bitwise_or.reduce(words))


def work_of(model: Path, lengths: list[int]) -> float:
    """Floating-point operations of a transformer on texts of so many tokens: two for each weight that is not looked
    up and each token, and in every layer four for each pair of tokens and component.
    """
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    weights = sum(
        int(np.prod(tensor.shape))
        for name, tensor in read_tensors(weight_files(model)).items()
        if "embeddings" not in name and len(tensor.shape) == 2
    )
    layers, width = int(config["num_hidden_layers"]), int(config["hidden_size"])
    return float(sum(2 * weights * length + 4 * layers * width * length**2 for length in lengths))


def _fastest(run: Callable[[], object]) -> float:
    """Seconds of the fastest of a few runs."""
    run()
    times = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)
