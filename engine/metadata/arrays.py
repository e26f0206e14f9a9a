"""Arrow's arrays for NumPy. Its own `to_numpy` imports pandas where that is installed, which takes half a second."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def view_of(array: pa.Array) -> NDArray[Any]:
    """A view of an array of numbers without nulls, shape (n,)."""
    dtype = array.type.to_pandas_dtype()  # a type of NumPy's, whatever the name says
    _, numbers = array.buffers()
    if numbers is None:  # of an empty array
        return np.empty(0, dtype)
    view: NDArray[Any] = np.frombuffer(numbers, dtype, len(array), array.offset * np.dtype(dtype).itemsize)
    return view
