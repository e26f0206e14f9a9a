"""Causal language models by torch: a decoder, and the one direction of its last hidden state that is the score."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.checkpoints.weights import Tensors, read_tensors, weight_files
from engine.models.rerankers.prompts import LAYERWISE
from engine.models.runtimes.execution import Execution
from engine.models.runtimes.runtime import Ids
from engine.models.runtimes.torch import device, inference, load_model, tokens_at_once
from engine.settings import settings
from engine.types import Float32

# What a MiniCPM's configuration has in common with a Llama's
_SAME = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_attention_heads",
    "num_key_value_heads",
    "hidden_act",
    "max_position_embeddings",
    "rms_norm_eps",
    "rope_theta",
    "attention_bias",
    "pad_token_id",
)


class TorchCausal:
    """Implements `causal.CausalModel`. Padding is on the right, where no token that counts sees it."""

    def __init__(self, decoder: Any, direction: Any, how: Execution, at_once: int) -> None:
        self.at_once = at_once
        self._how = how
        self._decoder = decoder
        self._direction = direction

    def run(self, input_ids: Ids, attention_mask: Ids) -> Float32:
        ids, mask = (torch.from_numpy(array).to(device()) for array in (input_ids, attention_mask))
        with inference(self._how):
            hidden = self._decoder(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
            last = hidden[torch.arange(len(ids), device=hidden.device), mask.sum(dim=1) - 1]
            scores: Float32 = (last @ self._direction).float().cpu().numpy()
        return scores


def load_causal(checkpoint: Checkpoint, answers: tuple[int, int | None], how: Execution) -> TorchCausal:
    """The model of a reranker's checkpoint, scored as `Asking.answers` says. Raises UnsupportedModel, UsageError."""
    if checkpoint.architecture == LAYERWISE:
        torch.set_num_threads(how.threads)
        return _load_layerwise(checkpoint, settings().cutoff_layer, how)
    model = load_model(transformers.AutoModelForCausalLM, checkpoint, how, needs_all=True)
    rows = model.get_output_embeddings().weight.detach()
    yes, no = answers
    return TorchCausal(
        model.base_model, rows[yes] if no is None else rows[yes] - rows[no], how, tokens_at_once(checkpoint)
    )


def _load_layerwise(checkpoint: Checkpoint, layer: int, how: Execution) -> TorchCausal:
    """bge-reranker-v2-minicpm-layerwise without the code that it brings: a Llama whose weights are scaled beforehand.

    MiniCPM (https://arxiv.org/abs/2404.06395) multiplies its embeddings by `scale_emb`, and what each block adds to the
    residual stream by `scale_depth` / sqrt(layers); both are linear, so they go into the weights. Every layer from
    `start_layer` on has a head of its own: the layers above `layer` are not even loaded.
    """
    config = checkpoint.config
    first, last = config.get("start_layer", 1), config["num_hidden_layers"]
    if not first <= layer <= last:
        raise UsageError(f"{checkpoint.root} gives no score after layer {layer}.", f"Choose one of {first} to {last}.")
    same = {name: config[name] for name in _SAME if name in config}
    shape = transformers.LlamaConfig(**same, num_hidden_layers=layer)
    tensors = read_tensors(weight_files(checkpoint.first.directory))
    weights = _scaled(tensors, layer, config["scale_emb"], config["scale_depth"] / math.sqrt(last))
    decoder = transformers.LlamaModel.from_pretrained(None, config=shape, state_dict=weights)
    head = tensors[f"lm_head.{layer - first}.linear_head.weight"]
    return TorchCausal(
        decoder.float().eval().to(device()), _tensor(head)[0].to(device()), how, tokens_at_once(checkpoint)
    )


def _scaled(tensors: Tensors, layers: int, embedding: float, residual: float) -> dict[str, Any]:
    """A Llama's weights of the first layers."""
    scales = {"embed_tokens.weight": embedding, "o_proj.weight": residual, "down_proj.weight": residual}
    weights = {}
    for name, array in tensors.items():
        parts = name.removeprefix("model.").split(".")
        if parts[0] == "lm_head" or (parts[0] == "layers" and int(parts[1]) >= layers):
            continue
        weights[".".join(parts)] = _tensor(array) * scales.get(".".join(parts[-2:]), 1.0)
    return weights


def _tensor(array: NDArray[Any]) -> Any:
    return torch.from_numpy(array.astype(np.float32))
