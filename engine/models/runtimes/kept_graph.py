"""A transformer as ONNX Runtime has optimised it, kept in the folder of caches for the next process.

Building a graph, widening its weights and optimising it takes longer than the rest of a cold search. What is kept was
made of the same weights by the same code and the same library on the same processor, so it computes the same numbers to
the last bit; its weights are mapped, not read. It may be deleted at any time.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import onnxruntime as ort

from engine.errors import WinnowError
from engine.fingerprint import digest_file, digest_json
from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.checkpoints.weights import digest_weights, weight_files
from engine.models.runtimes.processor import processor
from engine.remembered import read_cache, remembered_digest, write_cache
from engine.settings import settings

log = logging.getLogger(__name__)

_GRAPH, _WEIGHTS, _DIGESTS = "model.onnx", "weights.bin", "digests.json"
_LARGEST = 200_000_000  # bytes of a model's files: who loads a larger one does not wait for this
_EXTERNAL = 1024  # bytes from which a tensor lies beside the graph
_BUILDERS = Path(__file__).parents[1] / "graphs"

Open = Callable[[ort.SessionOptions], ort.InferenceSession]


class KeptGraph:
    """The place of one model's graph, in float32 or int8, for this machine."""

    def __init__(self, checkpoint: Checkpoint, *, int8: bool) -> None:
        """Raises ModelNotFound, UnsupportedModel where there are no weights."""
        files = weight_files(checkpoint.first.directory)
        model = digest_json([digest_weights(files, checkpoint.first.directory), dict(checkpoint.config), int8])
        made_by = digest_json([ort.__version__, processor(), _builders()])
        self._prefix = f"graph-{model[:16]}-"
        self._directory = settings().cache / f"{self._prefix}{made_by[:16]}"
        self._worth = sum(file.stat().st_size for file in files) <= _LARGEST

    def open(self, options: ort.SessionOptions) -> ort.InferenceSession | None:
        """A session with the kept graph; None where none is kept, or where it is damaged."""
        digests = read_cache(self._directory / _DIGESTS)
        try:
            if not digests or any(remembered_digest(self._directory / name) != digests[name] for name in digests):
                return None
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
            return ort.InferenceSession(str(self._directory / _GRAPH), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # OSError, or an error of the library, which have no base in common
            log.info("The graph in %s cannot be used: %s", self._directory, error)
            return None

    def make(self, options: Callable[[], ort.SessionOptions], start: Open) -> ort.InferenceSession:
        """The session that `start` makes, whose graph is kept where that is possible."""
        if not self._worth:
            return start(options())
        try:
            settings().cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            working = Path(tempfile.mkdtemp(prefix=f".{self._prefix}", dir=settings().cache))
        except OSError as error:
            log.info("No graph is kept in %s: %s", settings().cache, error)
            return start(options())
        try:
            session = start(_writing(options(), working))
            self._keep(working)
            return session
        except WinnowError:
            raise
        except Exception as error:  # such as a full disk; what is wrong with the model itself is said below
            log.info("No graph is kept in %s: %s", settings().cache, error)
            return start(options())
        finally:
            shutil.rmtree(working, ignore_errors=True)

    def _keep(self, working: Path) -> None:
        """Put what was written in the place of what older versions and other processes have kept of the model."""
        files = [file for name in (_GRAPH, _WEIGHTS) if (file := working / name).is_file()]
        write_cache(working / _DIGESTS, {file.name: digest_file(file) for file in files})
        for older in settings().cache.glob(f"{self._prefix}*"):
            shutil.rmtree(older, ignore_errors=True)
        working.rename(self._directory)


def _writing(options: ort.SessionOptions, directory: Path) -> ort.SessionOptions:
    """The options, with which a session writes its graph into the directory when it is made."""
    options.optimized_model_filepath = str(directory / _GRAPH)
    options.add_session_config_entry("session.optimized_model_external_initializers_file_name", _WEIGHTS)
    options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", str(_EXTERNAL))
    return options


@cache
def _builders() -> str:
    """A digest of the code that builds graphs."""
    return digest_json({file.name: digest_file(file) for file in sorted(_BUILDERS.glob("*.py"))})
