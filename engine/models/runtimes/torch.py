"""transformers on torch: any architecture that it knows, and the GPU where there is one."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import transformers

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import JINA_BERT, Checkpoint
from engine.models.checkpoints.packed import PACKED, sizes
from engine.models.checkpoints.weights import read_tensors
from engine.models.runtimes.execution import Execution
from engine.models.runtimes.memory import fitting_tokens
from engine.models.runtimes.runtime import Ids
from engine.settings import settings
from engine.types import Float32


def load_model(auto_class: Any, checkpoint: Checkpoint, how: Execution, *, needs_all: bool) -> Any:
    """A model of one of transformers' Auto classes, in float32 and evaluation mode, on the GPU where there is one.

    A forward pass changes nothing in it, so threads may share it. Raises UnsupportedModel where it brings code of its
    own and that is not allowed: without its code transformers would run another architecture, with the same weights.
    With `needs_all` also where weights are missing, which transformers would otherwise make up.
    """
    trusted = settings().trust_remote_code
    if "auto_map" in checkpoint.config and not trusted:
        light = (
            "" if checkpoint.needs_own_code else "Set WINNOW_RUNTIME=onnx or openvino, which run it without that code. "
        )
        raise UnsupportedModel(
            f"{checkpoint.root} brings code of its own, which is not run.",
            f"{light}If you trust whoever published it, set WINNOW_TRUST_REMOTE_CODE=true.",
        )
    if checkpoint.family == JINA_BERT and "auto_map" not in checkpoint.config:
        raise UnsupportedModel(  # transformers would run a plain BERT, since that is what it calls itself
            f"{checkpoint.root} is Jina's BERT without the code that torch needs for it.",
            "Set WINNOW_RUNTIME=onnx or openvino, which run it without.",
        )
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(how.threads)
    model, missing = _load(auto_class, checkpoint, trusted)
    if needs_all and missing:
        raise UnsupportedModel(
            f"{checkpoint.root} has no {sorted(missing)[0]}: it is not a cross-encoder.",
            "Choose a cross-encoder.",
        )
    return model.float().eval().to(device())


def _load(auto_class: Any, checkpoint: Checkpoint, trusted: bool) -> tuple[Any, Collection[str]]:
    """The model, and the names of the weights that the checkpoint lacks."""
    directory = str(checkpoint.first.directory)
    packed = _unpacked(checkpoint)
    if packed is None:
        model, report = auto_class.from_pretrained(
            directory, local_files_only=not trusted, trust_remote_code=trusted, output_loading_info=True
        )
        return model, report["missing_keys"]
    model = auto_class.from_config(transformers.AutoConfig.from_pretrained(directory, local_files_only=True))
    return model, model.load_state_dict(packed, strict=False).missing_keys


def _unpacked(checkpoint: Checkpoint) -> dict[str, torch.Tensor] | None:
    """The weights of a checkpoint that has packed ones, which transformers cannot read; None for any other."""
    files = checkpoint.first.directory.glob("*.safetensors")
    tensors = read_tensors(sorted(files))
    if not any(name.endswith(PACKED) for name in tensors):
        return None
    return {name: torch.from_numpy(tensors[name].astype("float32")) for name in sizes(tensors)}


def device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def tokens_at_once(checkpoint: Checkpoint) -> int:
    """How many tokens one batch may hold: what the settings say, but on a GPU as many as fit its free memory."""
    least = settings().token_budget
    if device() == "cpu":
        return least
    free, _ = torch.cuda.mem_get_info()
    return max(least, fitting_tokens(free, checkpoint.hidden_size))


@contextmanager
def inference(how: Execution) -> Iterator[None]:
    """A forward pass without gradients, in the wanted precision."""
    narrow = {"bfloat16": torch.bfloat16, "float16": torch.float16}.get(how.precision)
    with torch.inference_mode(), torch.autocast(device(), narrow or torch.bfloat16, enabled=narrow is not None):
        yield


class Inputs:
    """The arrays of a batch as what a model's `forward` takes of them."""

    def __init__(self, model: Any) -> None:
        self._names = set(inspect.signature(model.forward).parameters)

    def __call__(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> dict[str, Any]:
        feed = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        return {name: torch.from_numpy(feed[name]).to(device()) for name in feed if name in self._names}


_T5_ENCODERS = {
    "t5": "T5EncoderModel",
    "mt5": "MT5EncoderModel",
    "umt5": "UMT5EncoderModel",
    "longt5": "LongT5EncoderModel",
}


def _encoder_class(checkpoint: Checkpoint) -> Any:
    """The class that gives hidden states; for a T5 its first half alone, as sentence-transformers takes it."""
    return getattr(transformers, _T5_ENCODERS.get(checkpoint.family, "AutoModel"))


class TorchRuntime:
    """Implements `engine.models.runtimes.runtime.Runtime`."""

    def __init__(self, checkpoint: Checkpoint, how: Execution) -> None:
        self.name = f"torch {'float32' if how.precision == 'auto' else how.precision}"
        self._model = load_model(_encoder_class(checkpoint), checkpoint, how, needs_all=False)
        self._how = how
        self._inputs = Inputs(self._model)
        self.at_once = tokens_at_once(checkpoint)

    def run(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        with inference(self._how):
            output = self._model(**self._inputs(input_ids, attention_mask, token_type_ids))
        hidden: Float32 = output.last_hidden_state.float().cpu().numpy()
        return hidden


def load(checkpoint: Checkpoint, how: Execution) -> TorchRuntime:
    return TorchRuntime(checkpoint, how)
