"""transformers on torch: any architecture that `AutoModel` knows, and the GPU where there is one."""

from __future__ import annotations

import inspect

import torch
import transformers

from engine.models.checkpoint import Checkpoint
from engine.models.runtime import Ids
from engine.settings import settings
from engine.types import Float32


class TorchRuntime:
    """A model in float32 and evaluation mode; a forward pass changes nothing in it, so threads may share it."""

    def __init__(self, checkpoint: Checkpoint, threads: int) -> None:
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        torch.set_num_threads(threads)
        model = transformers.AutoModel.from_pretrained(
            str(checkpoint.first.directory), local_files_only=True, trust_remote_code=settings().trust_remote_code
        )
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = model.float().eval().to(self._device)
        self._inputs = set(inspect.signature(model.forward).parameters)

    def run(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        feed = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        tensors = {name: torch.from_numpy(feed[name]).to(self._device) for name in feed if name in self._inputs}
        with torch.inference_mode():
            hidden: Float32 = self._model(**tensors).last_hidden_state.cpu().numpy()
        return hidden


def load(checkpoint: Checkpoint, threads: int) -> TorchRuntime:
    return TorchRuntime(checkpoint, threads)
