"""OpenVINO on the CPU: in float32, unless told otherwise, so that scores do not depend on the processor."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import numpy as np
import openvino as ov

from engine.errors import UnsupportedModel, UsageError
from engine.models.checkpoints.checkpoint import Checkpoint, classifies
from engine.models.checkpoints.published import chosen_output
from engine.models.graphs.architectures import build_graph
from engine.models.graphs.graph import to_model
from engine.models.runtimes.execution import Execution
from engine.models.runtimes.runtime import Ids
from engine.settings import settings
from engine.types import Float32

_NAMES = {"auto": "f32", "float32": "f32", "bfloat16": "bf16", "float16": "f16"}
_CAPABILITIES = {"bfloat16": "BF16", "float16": "FP16"}
_TILE = 16  # tokens: the rows of a processor's tile. Texts whose length is a multiple of it are computed faster.
_FILLING = {"attention_mask": 0, "token_type_ids": 0}  # of the ids: the padding token
_PARTS = 4  # of a batch, for each stream: the fewer there are, the longer some streams have nothing left to do


class OpenVinoRuntime:
    """One text is computed by all threads together. Several are shared out: each thread computes texts of its own and
    waits for no other, which is a fifth faster in bfloat16. The model is compiled for either when it is asked for.
    """

    def __init__(self, checkpoint: Checkpoint, how: Execution) -> None:
        self._core = ov.Core()
        needed = _CAPABILITIES.get(how.precision)
        if needed and needed not in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise UsageError(f"This processor has no {how.precision}.", "Leave WINNOW_PRECISION out.")
        self.name = f"openvino {'float32' if how.precision == 'auto' else how.precision}"
        self._model = _read(self._core, checkpoint)
        self._checkpoint = checkpoint
        self._how = how
        # The shapes that a published graph takes are not known.
        self._streams = how.threads if checkpoint.graph is None else 1
        self._compiled: dict[int, _Compiled] = {}
        self._compiling = threading.Lock()
        self._part = settings().token_budget
        self.at_once = self._part if self._streams == 1 else self._part * self._streams * _PARTS

    def run(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        feed = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        if self._streams == 1 or len(input_ids) == 1:
            return self._with(1).run([feed])[0]
        parts = list(_parts(attention_mask, self._streams, self._part))
        found = self._with(self._streams).run([self._cut(feed, rows, width) for rows, width in parts])
        hidden = np.zeros((*input_ids.shape, found[0].shape[-1]), dtype=np.float32)
        for (rows, width), states in zip(parts, found, strict=True):
            hidden[rows, :width] = states[:, :width]
        return hidden

    def _cut(self, feed: Mapping[str, Ids], rows: slice, width: int) -> dict[str, Ids]:
        """Rows of a batch, as long as their longest and filled up to whole tiles where the model reads as many."""
        filled = max(min(_padded(width), self._checkpoint.max_length), width)
        cut = {}
        for name, ids in feed.items():
            cut[name] = np.full((rows.stop - rows.start, filled), _FILLING.get(name, self._checkpoint.pad_id), np.int64)
            cut[name][:, :width] = ids[rows, :width]
        return cut

    def _with(self, streams: int) -> _Compiled:
        with self._compiling:
            if streams not in self._compiled:
                self._compiled[streams] = _Compiled(self._core, self._model, self._checkpoint, self._how, streams)
            return self._compiled[streams]


class _Compiled:
    """A compiled model with an infer request per thread and stream: sharing one gives wrong results, and no error."""

    def __init__(self, core: ov.Core, model: ov.Model, checkpoint: Checkpoint, how: Execution, streams: int) -> None:
        options = {
            "INFERENCE_PRECISION_HINT": _NAMES[how.precision],
            "INFERENCE_NUM_THREADS": how.threads,
            "NUM_STREAMS": streams,
        }
        self._model = core.compile_model(model, "CPU", options)
        self._inputs = {port.any_name for port in self._model.inputs}
        self._output = _output(checkpoint, self._model)
        self._streams = streams
        self._local = threading.local()

    def run(self, feeds: Sequence[Mapping[str, Ids]]) -> list[Float32]:
        """The output for each of the feeds, of which as many are computed at once as there are streams."""
        if not hasattr(self._local, "requests"):
            self._local.requests = [self._model.create_infer_request() for _ in range(self._streams)]
        requests = self._local.requests
        running: deque[ov.InferRequest] = deque()
        found = []
        try:
            for number, feed in enumerate(feeds):
                if len(running) == len(requests):
                    found.append(self._result(running.popleft()))
                request = requests[number % len(requests)]
                request.start_async({name: feed[name] for name in self._inputs})
                running.append(request)
            while running:
                found.append(self._result(running.popleft()))
        finally:
            for request in running:  # after an error: one that still computes could not be started again
                with suppress(RuntimeError):
                    request.wait()
        return found

    def _result(self, request: ov.InferRequest) -> Float32:
        """A copy: the request's own buffer is overwritten by what it computes next."""
        request.wait()
        states: Float32 = np.array(request.get_output_tensor(self._output).data, dtype=np.float32)
        return states


def _parts(mask: Ids, streams: int, most: int) -> Iterator[tuple[slice, int]]:
    """Neighbouring texts to be computed together, and the tokens of the longest of them. A part has one text, or at
    most so many tokens; there is one for each stream at least.
    """
    lengths = mask.shape[1] - np.argmax(mask[:, ::-1] > 0, axis=1)
    share = -(-len(lengths) // streams)
    start = 0
    while start < len(lengths):
        longest = [_padded(int(width)) for width in np.maximum.accumulate(lengths[start : start + share])]
        fitting = sum(count * width <= most for count, width in enumerate(longest, 1))
        stop = start + max(fitting, 1)
        yield slice(start, stop), int(lengths[start:stop].max())
        start = stop


def _padded(tokens: int) -> int:
    return -(-tokens // _TILE) * _TILE


def _read(core: ov.Core, checkpoint: Checkpoint) -> ov.Model:
    if checkpoint.graph is None:
        return core.read_model(to_model(build_graph(checkpoint), embed=True).SerializeToString())
    try:
        return core.read_model(str(checkpoint.graph))
    except RuntimeError as error:
        raise UnsupportedModel(
            f"OpenVINO cannot read {checkpoint.graph}: {str(error)[:200]}.",
            "Choose another file, or leave # and the file out.",
        ) from error


def _output(checkpoint: Checkpoint, compiled: ov.CompiledModel) -> int:
    """The place of the output that is used."""
    if checkpoint.graph is None:
        return 0
    places = {name: place for place, port in enumerate(compiled.outputs) for name in port.names}
    inputs = [port.any_name for port in compiled.inputs]
    return places[chosen_output(checkpoint.graph, inputs, list(places), logits=classifies(checkpoint))]


def load(checkpoint: Checkpoint, how: Execution) -> OpenVinoRuntime:
    return OpenVinoRuntime(checkpoint, how)
