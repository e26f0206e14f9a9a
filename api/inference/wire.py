"""The protocol of client and server: frames of a four-byte length and one MessagePack map.

MessagePack and not pickle: a frame can hold data only, never code.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgpack
import numpy as np

from engine.errors import Overloaded, WinnowError
from engine.types import Float32

HEADER = struct.Struct("!I")  # a frame's length in bytes, without the header
MAX_FRAME = 256 * 2**20
Message = Mapping[str, Any]


def pack(message: Message) -> bytes:
    """A whole frame. Lone surrogates pass, so that a model sees what it would have seen in process."""
    body = cast(bytes, msgpack.packb(dict(message), unicode_errors="surrogatepass"))
    if len(body) > MAX_FRAME:
        raise ValueError(f"a message of {len(body)} bytes exceeds the limit of {MAX_FRAME}")
    return HEADER.pack(len(body)) + body


def unpack(body: bytes) -> dict[str, Any]:
    """The map in a frame's body. ValueError if it holds none."""
    message = msgpack.unpackb(body, unicode_errors="surrogatepass", use_list=True)
    if not isinstance(message, dict):
        raise ValueError("a frame holds no map")
    return message


def frame_length(header: bytes) -> int:
    """Length of the frame that follows. ValueError beyond MAX_FRAME: whatever it is, it is not ours."""
    (length,) = HEADER.unpack(header)
    if length > MAX_FRAME:
        raise ValueError(f"a frame of {length} bytes exceeds the limit of {MAX_FRAME}")
    return int(length)


def pack_array(array: Float32) -> dict[str, Any]:
    return {"shape": list(array.shape), "data": np.ascontiguousarray(array, dtype="<f4").tobytes()}


def unpack_array(packed: Message) -> Float32:
    """An array of its own, which may be written to."""
    return np.frombuffer(packed["data"], dtype="<f4").reshape(packed["shape"]).astype(np.float32)


def pack_error(error: WinnowError) -> dict[str, Any]:
    fields: dict[str, Any] = {"code": error.code, "message": error.message, "remedy": error.remedy}
    if isinstance(error, Overloaded):
        fields["retry_after"] = error.retry_after
    return fields


def unpack_error(fields: Message) -> WinnowError:
    """The error as it was raised, found again by its code."""
    kind = next((known for known in _kinds(WinnowError) if known.code == fields["code"]), WinnowError)
    if issubclass(kind, Overloaded):
        return kind(fields["message"], fields["remedy"], retry_after=fields["retry_after"])
    return kind(fields["message"], fields["remedy"])


def _kinds(kind: type[WinnowError]) -> Iterator[type[WinnowError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
