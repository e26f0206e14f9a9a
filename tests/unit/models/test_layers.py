from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from engine.errors import UnsupportedModel
from engine.models.encoders.layers import activation


def test_activations() -> None:
    x = np.array([[-120.0, -2.0, -0.5, 0.0, 0.5, 2.0, 120.0]], dtype=np.float32)
    by_hand: dict[str, Callable[[float], float]] = {
        "linear.Identity": lambda v: v,
        "activation.Tanh": math.tanh,
        "activation.ReLU": lambda v: max(v, 0.0),
        "activation.GELU": lambda v: v * 0.5 * (1 + math.erf(v / math.sqrt(2))),
        "activation.Sigmoid": lambda v: 1 / (1 + math.exp(-v)),
        "activation.SiLU": lambda v: v / (1 + math.exp(-v)),
    }
    for path, function in by_hand.items():
        result = activation(f"torch.nn.modules.{path}")(x)
        assert result.dtype == np.float32
        np.testing.assert_allclose(result[0], [function(float(v)) for v in x[0]], rtol=0, atol=1e-6)


@pytest.mark.parametrize("path", ["torch.nn.modules.activation.Hardtanh", "os.system", "Tanh", "evil.torch.nn.Tanh"])
def test_other_functions_are_refused(path: str) -> None:
    with pytest.raises(UnsupportedModel):
        activation(path)
