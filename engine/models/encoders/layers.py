"""The small layers after pooling (Dense, LayerNorm, Normalize) and their activations, in NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import Module
from engine.models.checkpoints.weights import digest_weights, read_tensors, weight_files
from engine.types import Float32

Activation = Callable[[Float32], Float32]

_erf = np.vectorize(math.erf, otypes=[np.float64])


def _gelu(x: Float32) -> Float32:
    """x times the normal distribution function of x (https://arxiv.org/abs/1606.08415), exact."""
    return np.asarray(0.5 * x * (1.0 + _erf(x / math.sqrt(2.0))), dtype=np.float32)


def _sigmoid(x: Float32) -> Float32:
    wide = x.astype(np.float64)  # exp(-x) of a float32 overflows below -88
    return (1.0 / (1.0 + np.exp(-wide))).astype(np.float32)


# torch's classes by name
_ACTIVATIONS: dict[str, Activation] = {
    "Identity": lambda x: x,
    "Tanh": np.tanh,
    "ReLU": lambda x: np.maximum(x, np.float32(0)),
    "GELU": _gelu,
    "Sigmoid": _sigmoid,
    "SiLU": lambda x: x * _sigmoid(x),
}


def activation(path: str) -> Activation:
    """The function of a dotted path such as `torch.nn.modules.activation.Tanh`. Raises UnsupportedModel."""
    package, _, name = path.rpartition(".")
    if not package.startswith("torch.nn") or name not in _ACTIVATIONS:
        raise UnsupportedModel(f"The model uses the activation {path}.", "Supported: " + ", ".join(_ACTIVATIONS) + ".")
    return _ACTIVATIONS[name]


@dataclass(frozen=True, slots=True)
class Layer:
    """A function of rows (n, d) -> (n, d'); `label` says all that decides its result."""

    label: str
    apply: Activation
    dimension: int | None = None  # of the output, None where it is the input's


def linear(weight: Float32, bias: Float32 | None, then: Activation) -> Activation:
    """then(x W' + b), with W of shape (out, in) as torch keeps it."""
    transposed = np.ascontiguousarray(weight.T, dtype=np.float32)
    offset = np.float32(0) if bias is None else bias.astype(np.float32)
    return lambda x: then(x @ transposed + offset)


def read_layers(modules: Sequence[Module], source: str = "sentence_embedding") -> tuple[Layer, ...]:
    """The layers of the modules after pooling, in order; `source` names the vectors that they must work on, which
    with "token_embeddings" are those of single tokens. Raises UnsupportedModel.
    """
    kept = [module for module in modules if module.type != "Dropout"]  # which is for training only
    for module in kept:
        works_on = module.config.get("module_input_name", "sentence_embedding")
        if works_on != source:
            raise UnsupportedModel(f"{module.directory} works on {works_on}, not {source}.", "Choose another model.")
    return tuple(_READERS.get(module.type, _misplaced)(module) for module in kept)


def _dense(module: Module) -> Layer:
    config = module.config
    files = weight_files(module.directory)
    tensors = read_tensors(files)
    path = config.get("activation_function", "torch.nn.modules.activation.Tanh")
    apply = linear(tensors["linear.weight"], tensors.get("linear.bias"), activation(path))
    if config.get("use_residual"):
        apply = _residual(apply, tensors.get("residual.weight"))
    label = f"dense({path.rpartition('.')[2]}, {digest_weights(files, module.directory)[:16]})"
    return Layer(label, apply, tensors["linear.weight"].shape[0])


def _residual(apply: Activation, weight: Float32 | None) -> Activation:
    skip = (lambda x: x) if weight is None else linear(weight, None, lambda x: x)
    return lambda x: apply(x) + skip(x)


def layer_norm(weight: Float32, bias: Float32 | None, epsilon: float) -> Activation:
    """Layer normalisation of rows (https://arxiv.org/abs/1607.06450)."""
    scale = weight.astype(np.float32)
    shift = np.float32(0) if bias is None else bias.astype(np.float32)

    def apply(x: Float32) -> Float32:
        centred = x - x.mean(axis=1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=1, keepdims=True) + np.float32(epsilon))
        return np.asarray(centred / deviation * scale + shift, dtype=np.float32)

    return apply


def _layer_norm(module: Module) -> Layer:
    files = weight_files(module.directory)
    tensors = read_tensors(files)
    apply = layer_norm(tensors["norm.weight"], tensors["norm.bias"], 1e-5)  # torch's default epsilon
    return Layer(f"layer norm({digest_weights(files, module.directory)[:16]})", apply)


def to_unit_length(rows: Float32) -> Float32:
    """Rows (n, d) over their Euclidean norms; zeros stay zeros."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)


def _normalize(module: Module) -> Layer:
    return Layer("normalize", to_unit_length)


def _misplaced(module: Module) -> Layer:
    raise UnsupportedModel(f"{module.directory} is a {module.type} module where none can be.", "Choose another model.")


_READERS: dict[str, Callable[[Module], Layer]] = {"Dense": _dense, "LayerNorm": _layer_norm, "Normalize": _normalize}
