"""Which architectures the light runtimes run: model_type -> what builds the graph of its encoder."""

from __future__ import annotations

from collections.abc import Callable

from engine.models.checkpoints.checkpoint import JINA_BERT, Checkpoint, torch_only
from engine.models.graphs.bert import build_bert
from engine.models.graphs.deberta import build_deberta
from engine.models.graphs.graph import Graph
from engine.models.graphs.jina_bert import build_jina_bert
from engine.models.graphs.modernbert import build_modernbert
from engine.models.graphs.mpnet import build_mpnet

ARCHITECTURES: dict[str, Callable[[Checkpoint, Graph], None]] = {
    **dict.fromkeys(("bert", "roberta", "xlm-roberta", "camembert", "distilbert", "electra"), build_bert),
    "deberta-v2": build_deberta,  # and v3
    "modernbert": build_modernbert,
    "mpnet": build_mpnet,
    JINA_BERT: build_jina_bert,
}


def build_graph(checkpoint: Checkpoint, *, int8: bool = False) -> Graph:
    """The graph from input_ids, attention_mask, token_type_ids (batch, length) to last_hidden_state; with `int8` its
    linear layers compute in int8.

    Raises UnsupportedModel for an architecture that only torch runs.
    """
    family = checkpoint.family
    if family not in ARCHITECTURES:
        raise torch_only(checkpoint, f"is a {family} model")
    if checkpoint.needs_own_code:
        raise torch_only(checkpoint, "brings code of its own")
    graph = Graph(int8=int8)
    ARCHITECTURES[family](checkpoint, graph)
    return graph
