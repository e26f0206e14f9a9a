"""The layers between word vectors and pooling (WordWeights, CNN, LSTM), in NumPy, for one text at a time.

https://sbert.net/docs/package_reference/sentence_transformer/modules.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import Config, Module
from engine.models.checkpoints.weights import Tensors, read_tensors, weight_files
from engine.types import Float32

WordLayer = Callable[[Float32], Float32]  # (words, d) -> (words, d')


def word_weights(vocabulary: Sequence[str], config: Config) -> Float32:
    """The weight of each word of the vocabulary; a word without one is looked up in lower case, or is unknown."""
    known, unknown = config["word_weights"], config.get("unknown_word_weight", 1)
    return np.array([known.get(word, known.get(word.lower(), unknown)) for word in vocabulary], dtype=np.float32)


def read_word_layer(module: Module) -> tuple[WordLayer, int]:
    """A CNN or an LSTM, and the dimension that it gives."""
    tensors = read_tensors(weight_files(module.directory))
    return (_cnn if module.type == "CNN" else _lstm)(module, tensors)


def _cnn(module: Module, tensors: Tensors) -> tuple[WordLayer, int]:
    """Convolutions over the words, one for each width, side by side."""
    widths = module.config["kernel_sizes"]
    if any(width % 2 == 0 for width in widths) or set(module.config.get("stride_sizes") or [1]) != {1}:
        raise UnsupportedModel(f"{module.directory} has convolutions that skip words.", "Choose another model.")
    kernels = [tensors[f"convs.{number}.weight"].astype(np.float32) for number in range(len(widths))]
    biases = [tensors[f"convs.{number}.bias"].astype(np.float32) for number in range(len(widths))]

    def apply(rows: Float32) -> Float32:
        parts = []
        for width, kernel, bias in zip(widths, kernels, biases, strict=True):
            padded = np.pad(rows, ((width // 2, width // 2), (0, 0)))
            windows = sliding_window_view(padded, width, axis=0)  # (words, d, width)
            parts.append(np.einsum("wdk,odk->wo", windows, kernel) + bias)
        return np.concatenate(parts, axis=1)

    return apply, sum(len(bias) for bias in biases)


def _lstm(module: Module, tensors: Tensors) -> tuple[WordLayer, int]:
    """Long short-term memory (Hochreiter & Schmidhuber 1997), forwards and perhaps backwards, in layers."""
    size, both = module.config["hidden_dim"], module.config.get("bidirectional", True)
    directions = ("", "_reverse") if both else ("",)

    def run(rows: Float32, name: str) -> Float32:
        inner, own = (tensors[f"encoder.weight_{part}_{name}"].astype(np.float32) for part in ("ih", "hh"))
        bias = tensors[f"encoder.bias_ih_{name}"] + tensors[f"encoder.bias_hh_{name}"]
        hidden, cell = np.zeros(size, np.float32), np.zeros(size, np.float32)
        outputs = np.empty((len(rows), size), np.float32)
        for place, given in enumerate(rows @ inner.T + bias):
            enter, forget, value, leave = np.split(given + own @ hidden, 4)  # torch's order of the gates
            cell = _sigmoid(forget) * cell + _sigmoid(enter) * np.tanh(value)
            outputs[place] = hidden = _sigmoid(leave) * np.tanh(cell)
        return outputs

    def apply(rows: Float32) -> Float32:
        for layer in range(module.config.get("num_layers", 1)):
            parts = [run(rows[:: -1 if end else 1], f"l{layer}{end}")[:: -1 if end else 1] for end in directions]
            rows = np.concatenate(parts, axis=1)
        return rows

    return apply, size * len(directions)


def _sigmoid(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -80, 80))), dtype=np.float32)
