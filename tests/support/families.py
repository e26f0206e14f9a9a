"""Tiny checkpoints of the families whose layers are not BERT's, and of models with several labels; as `checkpoints`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from tests.support.checkpoints import HIDDEN, INNER, VOCABULARY, tiny_cross_encoder, tiny_tokenizer

LAYERS, HEADS, LENGTH = 4, 4, 100  # four layers: ModernBERT's first and last are global, the others local
NLI = ["contradiction", "entailment", "neutral"]

_MODERNBERT = {
    "model_type": "modernbert",
    "global_attn_every_n_layers": 3,
    "local_attention": 8,  # so that short texts are longer than the window
    "hidden_activation": "gelu",
    "norm_eps": 1e-5,
    "cls_token_id": 2,
    "sep_token_id": 3,
    "bos_token_id": 2,
    "eos_token_id": 3,
}
_DEBERTA = {
    "model_type": "deberta-v2",
    "hidden_act": "gelu",
    "relative_attention": True,
    "position_buckets": 16,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "pos_att_type": "p2c|c2p",
    "position_biased_input": False,
    "type_vocab_size": 0,
    "layer_norm_eps": 1e-7,
    "pooler_hidden_size": HIDDEN,
    "pooler_hidden_act": "gelu",
}
_JINA = {
    "model_type": "bert",
    "architectures": ["JinaBertModel"],  # of rerankers, too
    "auto_map": {
        "AutoConfig": "jinaai/jina-bert-implementation--configuration_bert.JinaBertConfig",
        "AutoModel": "jinaai/jina-bert-implementation--modeling_bert.JinaBertModel",
    },
    "position_embedding_type": "alibi",
    "hidden_act": "gelu",
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "num_hidden_layers": 2,
}


def tiny_modernbert(path: Path, *, pooling: str = "cls", labels: list[str] | None = None, seed: int = 3) -> Path:
    """ModernBertForSequenceClassification."""
    config = _MODERNBERT | {"classifier_pooling": pooling, "architectures": ["ModernBertForSequenceClassification"]}
    tensors = _Tensors(seed)
    tensors.matrix("model.embeddings.tok_embeddings", len(VOCABULARY), HIDDEN, spread=1.0)
    tensors.norm("model.embeddings.norm", bias=False)
    for layer in range(LAYERS):
        name = f"model.layers.{layer}"
        if layer:
            tensors.norm(f"{name}.attn_norm", bias=False)
        tensors.matrix(f"{name}.attn.Wqkv", 3 * HIDDEN, HIDDEN)
        tensors.matrix(f"{name}.attn.Wo", HIDDEN, HIDDEN)
        tensors.norm(f"{name}.mlp_norm", bias=False)
        tensors.matrix(f"{name}.mlp.Wi", 2 * INNER, HIDDEN)
        tensors.matrix(f"{name}.mlp.Wo", HIDDEN, INNER)
    tensors.norm("model.final_norm", bias=False)
    tensors.matrix("head.dense", HIDDEN, HIDDEN)
    tensors.norm("head.norm", bias=False)
    return _write(path, config, tensors, labels)


def tiny_deberta(path: Path, *, labels: list[str] | None = None, seed: int = 4) -> Path:
    """DebertaV2ForSequenceClassification in the form of DeBERTa v3."""
    config = _DEBERTA | {"architectures": ["DebertaV2ForSequenceClassification"]}
    tensors = _Tensors(seed)
    tensors.matrix("deberta.embeddings.word_embeddings", len(VOCABULARY), HIDDEN, spread=1.0)
    tensors.norm("deberta.embeddings.LayerNorm")
    tensors.matrix("deberta.encoder.rel_embeddings", 32, HIDDEN, spread=1.0)
    tensors.norm("deberta.encoder.LayerNorm")
    for layer in range(LAYERS):
        name = f"deberta.encoder.layer.{layer}"
        for part in ("query_proj", "key_proj", "value_proj"):
            tensors.linear(f"{name}.attention.self.{part}", HIDDEN, HIDDEN)
        tensors.linear(f"{name}.attention.output.dense", HIDDEN, HIDDEN)
        tensors.norm(f"{name}.attention.output.LayerNorm")
        tensors.linear(f"{name}.intermediate.dense", INNER, HIDDEN)
        tensors.linear(f"{name}.output.dense", HIDDEN, INNER)
        tensors.norm(f"{name}.output.LayerNorm")
    tensors.linear("pooler.dense", HIDDEN, HIDDEN)
    return _write(path, config, tensors, labels)


def tiny_jina(
    path: Path,
    *,
    kind: str = "geglu",
    second: bool = False,
    heads: int = HEADS,
    labels: list[str] | None = None,
    seed: int = 6,
) -> Path:
    """Jina's BERT: an encoder, or with `labels` a reranker; `second` is the form with norms of queries and keys."""
    config = _JINA | {"feed_forward_type": kind, "num_attention_heads": heads}
    tensors = _Tensors(seed)
    tensors.matrix("bert.embeddings.word_embeddings", len(VOCABULARY), HIDDEN, spread=1.0)
    tensors.matrix("bert.embeddings.token_type_embeddings", 2, HIDDEN, spread=1.0)
    tensors.norm("bert.embeddings.LayerNorm")
    for layer in range(2):
        _jina_layer(tensors, f"bert.encoder.layer.{layer}", kind, second)
    if labels:
        tensors.linear("bert.pooler.dense", HIDDEN, HIDDEN)
    return _write(path, config, tensors, labels, classifier=bool(labels))


def _jina_layer(tensors: _Tensors, name: str, kind: str, second: bool) -> None:
    for part in ("self.query", "self.key", "self.value", "output.dense"):
        tensors.linear(f"{name}.attention.{part}", HIDDEN, HIDDEN)
    tensors.norm(f"{name}.attention.output.LayerNorm")
    if kind == "original":
        tensors.linear(f"{name}.intermediate.dense", INNER, HIDDEN)
        tensors.linear(f"{name}.output.dense", HIDDEN, INNER)
        tensors.norm(f"{name}.output.LayerNorm")
        return
    up, down = ("up_gated_layer", "down_layer") if second else ("gated_layers", "wo")
    tensors.matrix(f"{name}.mlp.{up}", 2 * INNER, HIDDEN)
    tensors.linear(f"{name}.mlp.{down}", HIDDEN, INNER)
    norms = ["attention.self.layer_norm_q", "attention.self.layer_norm_k", "layer_norm_1", "layer_norm_2"]
    for norm in norms if second else ["mlp.layernorm"]:
        tensors.norm(f"{name}.{norm}")


def tiny_nli(path: Path, family: str) -> Path:
    """Three labels: contradiction, entailment, neutral."""
    if family == "deberta-v2":
        return tiny_deberta(path, labels=NLI)
    return name_labels(tiny_cross_encoder(path, family=family, labels=len(NLI)), NLI)


def name_labels(path: Path, labels: list[str]) -> Path:
    config = json.loads((path / "config.json").read_text("utf-8"))
    names = {"id2label": dict(enumerate(labels)), "label2id": {label: column for column, label in enumerate(labels)}}
    (path / "config.json").write_text(json.dumps(config | names))
    return path


class _Tensors(dict[str, np.ndarray]):
    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def matrix(self, name: str, outputs: int, inputs: int, spread: float = 0.3) -> None:
        self[f"{name}.weight"] = self._generator.normal(0, spread, (outputs, inputs)).astype(np.float32)

    def linear(self, name: str, outputs: int, inputs: int) -> None:
        self.matrix(name, outputs, inputs)
        self[f"{name}.bias"] = self._generator.normal(0, 0.1, outputs).astype(np.float32)

    def norm(self, name: str, *, bias: bool = True) -> None:
        self[f"{name}.weight"] = self._generator.normal(1, 0.2, HIDDEN).astype(np.float32)
        if bias:
            self[f"{name}.bias"] = self._generator.normal(0, 0.1, HIDDEN).astype(np.float32)


def _write(
    path: Path, config: dict[str, object], tensors: _Tensors, labels: list[str] | None, *, classifier: bool = True
) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    names = labels or ["LABEL_0"]
    if classifier:
        tensors.linear("classifier", len(names), HIDDEN)
    save_file(dict(tensors), path / "model.safetensors", metadata={"format": "pt"})
    common = {
        "vocab_size": len(VOCABULARY),
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_attention_heads": HEADS,
        "num_hidden_layers": LAYERS,
        "max_position_embeddings": LENGTH,
        "pad_token_id": 1,
        "torch_dtype": "float32",
    }
    (path / "config.json").write_text(json.dumps(common | config))
    tiny_tokenizer(path, max_length=LENGTH)
    return name_labels(path, names)
