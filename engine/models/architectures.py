"""Which architectures the light runtimes run: model_type -> what builds the graph of its encoder."""

from __future__ import annotations

from collections.abc import Callable

from engine.models.bert_graph import build_bert
from engine.models.bert_weights import BERT_FAMILY
from engine.models.checkpoint import Checkpoint, torch_only
from engine.models.deberta_graph import build_deberta
from engine.models.graph import Graph
from engine.models.modernbert_graph import build_modernbert

ARCHITECTURES: dict[str, Callable[[Checkpoint], Graph]] = {
    **dict.fromkeys(BERT_FAMILY, build_bert),
    "deberta-v2": build_deberta,  # and v3
    "modernbert": build_modernbert,
}


def build_graph(checkpoint: Checkpoint) -> Graph:
    """The graph from input_ids, attention_mask, token_type_ids (batch, length) to last_hidden_state.

    Raises UnsupportedModel for an architecture that only torch runs.
    """
    family = checkpoint.config.get("model_type")
    if family not in ARCHITECTURES:
        raise torch_only(checkpoint, f"is a {family} model")
    if "auto_map" in checkpoint.config:
        raise torch_only(checkpoint, "brings code of its own")
    return ARCHITECTURES[family](checkpoint)
