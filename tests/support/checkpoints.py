"""Tiny deterministic checkpoints (hidden 32, 2 layers, about 200 word pieces) written with numpy and safetensors only.

They have the layout of sentence-transformers, so that both Winnow and the reference load them:

    tiny_encoder(path, pooling="cls", dense=16)      a bi-encoder
    tiny_static(path)                                a static bi-encoder
    tiny_cross_encoder(path)                         BertForSequenceClassification
    tiny_cross_encoder(path, modular=True)           Transformer + Pooling + Dense
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

HIDDEN, INNER, HEADS, LAYERS, POSITIONS = 32, 64, 4, 2, 80
SPECIAL = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"]  # the padding id is not 0, so that ignoring it shows
_TEXT = "the a of and in is to for winnow search engine query document passage rank bridge river city food year"
_ENDINGS = ["##ing", "##ed", "##s", "##er", "##ly", "##tion", "##al", "##ment"]
_SIGNS = list(".,;:!?'\"-()/") + list("äöüßéèñ") + list("检索城市的一是")
_CHARACTERS = string.ascii_lowercase + string.digits
VOCABULARY = [*SPECIAL, *_CHARACTERS, *(f"##{c}" for c in _CHARACTERS), *_SIGNS, *_TEXT.split(), *_ENDINGS]

TEXTS = [
    "the winnow search engine",
    "",
    "Ranking of passages; a query, a document!",
    "the river and the bridge in the city " * 20,
    "检索 城市 的 engine",
    "naïve café 🦉🦉 straße",
    "a",
    "    ",
    "supercalifragilisticexpialidocious",
    "\tline\nbreak \u00a0 space",
    "food for the year 2026, to rank",
    "winnowing winnowed winnower",
]


def tiny_encoder(
    path: Path,
    pooling: str | Sequence[str] = "mean",
    *,
    family: str = "bert",
    dense: int | None = None,
    layer_norm: bool = False,
    normalize: bool = True,
    prompts: dict[str, str] | None = None,
    include_prompt: bool = True,
    old_pooling_keys: bool = False,
    dtype: str = "float32",
    shards: int = 1,
    max_length: int = 64,
    seed: int = 0,
) -> Path:
    """A random bi-encoder of one of the families bert, roberta, xlm-roberta, distilbert, electra, mpnet."""
    _transformer(path, family, np.random.default_rng(seed), dtype=dtype, shards=shards, max_length=max_length)
    modes = [pooling] if isinstance(pooling, str) else list(pooling)
    width = HIDDEN * len(modes)
    modules = [("Transformer", ""), ("Pooling", "1_Pooling")]
    _json(path / "1_Pooling" / "config.json", _pooling_config(modes, include_prompt, old_pooling_keys))
    if dense:
        modules.append(("Dense", f"{len(modules)}_Dense"))
        width = _dense(path / modules[-1][1], width, dense, "Tanh", seed)
    if layer_norm:
        modules.append(("LayerNorm", f"{len(modules)}_LayerNorm"))
        _layer_norm(path / modules[-1][1], width, seed)
    if normalize:
        modules.append(("Normalize", f"{len(modules)}_Normalize"))
        _json(path / modules[-1][1] / "config.json", {})
    _modules(path, modules)
    _json(
        path / "config_sentence_transformers.json",
        {"model_type": "SentenceTransformer", "prompts": prompts or {}, "default_prompt_name": None},
    )
    return path


def tiny_static(path: Path, *, dimension: int = 24, normalize: bool = True, seed: int = 0) -> Path:
    """A random static bi-encoder."""
    path.mkdir(parents=True, exist_ok=True)
    table = np.random.default_rng(seed).normal(size=(len(VOCABULARY), dimension)).astype(np.float32)
    save_file({"embedding.weight": table}, path / "model.safetensors")
    tiny_tokenizer(path)
    modules = [("StaticEmbedding", "")] + ([("Normalize", "1_Normalize")] if normalize else [])
    (path / "1_Normalize").mkdir(exist_ok=True)
    _modules(path, modules)
    return path


def tiny_cross_encoder(
    path: Path,
    *,
    modular: bool = False,
    family: str = "bert",
    labels: int = 1,
    activation: str | None = None,
    max_length: int = 64,
    seed: int = 1,
) -> Path:
    """A random cross-encoder: a classification head, or with `modular` mean pooling and two Dense modules."""
    generator = np.random.default_rng(seed)
    function = {} if activation is None else {"activation_fn": f"torch.nn.modules.{activation}"}
    if not modular:
        config: dict[str, object] = {"sentence_transformers": function} if function else {}
        _transformer(path, family, generator, max_length=max_length, labels=labels, extra=config)
        return path
    _transformer(path, family, generator, max_length=max_length)
    _json(path / "1_Pooling" / "config.json", _pooling_config(["mean"], True, False))
    _dense(path / "2_Dense", HIDDEN, 16, "GELU", seed)
    _dense(path / "3_Dense", 16, labels, "Identity", seed, output="scores")
    names = ["Transformer", "Pooling", "Dense", "Dense"]
    _modules(path, [(name, f"{i}_{name}" if i else "") for i, name in enumerate(names)])
    _json(path / "config_sentence_transformers.json", {"model_type": "CrossEncoder", "prompts": {}, **function})
    return path


def tiny_tokenizer(path: Path, *, max_length: int = 64, roberta: bool = False) -> None:
    """tokenizer.json and tokenizer_config.json of the word pieces above, with BERT's template."""
    ids = {token: number for number, token in enumerate(VOCABULARY)}
    second = 0 if roberta else 1

    def part(name: str, kind: int) -> dict[str, object]:
        return {"SpecialToken" if name in SPECIAL else "Sequence": {"id": name, "type_id": kind}}

    first = [part("[CLS]", 0), part("A", 0), part("[SEP]", 0)]
    _json(
        path / "tokenizer.json",
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                {
                    "id": ids[token],
                    "content": token,
                    "special": True,
                    "single_word": False,
                    "lstrip": False,
                    "rstrip": False,
                    "normalized": False,
                }
                for token in SPECIAL
            ],
            "normalizer": {
                "type": "BertNormalizer",
                "clean_text": True,
                "handle_chinese_chars": True,
                "strip_accents": None,
                "lowercase": True,
            },
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {
                "type": "TemplateProcessing",
                "single": first,
                "pair": [*first, part("B", second), part("[SEP]", second)],
                "special_tokens": {
                    token: {"id": token, "ids": [ids[token]], "tokens": [token]} for token in ("[CLS]", "[SEP]")
                },
            },
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
            "model": {
                "type": "WordPiece",
                "unk_token": "[UNK]",
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": ids,
            },
        },
    )
    _json(
        path / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": max_length,
            "model_input_names": ["input_ids", "attention_mask"] + ([] if roberta else ["token_type_ids"]),
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
            "pad_token": "[PAD]",
            "unk_token": "[UNK]",
            "mask_token": "[MASK]",
        },
    )


def _transformer(
    path: Path,
    family: str,
    generator: np.random.Generator,
    *,
    dtype: str = "float32",
    shards: int = 1,
    max_length: int = 64,
    labels: int | None = None,
    extra: dict[str, object] | None = None,
) -> None:
    path.mkdir(parents=True, exist_ok=True)
    # One token type, or none, and positions that start after the padding id.
    roberta = family in ("roberta", "xlm-roberta", "mpnet")
    positions = max(POSITIONS, max_length + 2)
    tensors = _bert_tensors(generator, positions, token_types=1 if roberta else 2)
    tensors = _family_names(family, tensors, generator, labels)
    _save(path, {name: tensor.astype(dtype) for name, tensor in tensors.items()}, shards)
    tiny_tokenizer(path, max_length=max_length, roberta=roberta or family == "distilbert")
    _json(path / "config.json", _config(family, labels, dtype, positions) | (extra or {}))
    if labels is None:
        _json(path / "sentence_bert_config.json", {"max_seq_length": max_length, "do_lower_case": False})


def _bert_tensors(generator: np.random.Generator, positions: int, token_types: int) -> dict[str, np.ndarray]:
    tensors: dict[str, np.ndarray] = {}

    def linear(name: str, inputs: int, outputs: int) -> None:
        tensors[f"{name}.weight"] = generator.normal(0, 0.3, (outputs, inputs))
        tensors[f"{name}.bias"] = generator.normal(0, 0.1, outputs)

    def norm(name: str) -> None:
        tensors[f"{name}.weight"] = generator.normal(1, 0.2, HIDDEN)
        tensors[f"{name}.bias"] = generator.normal(0, 0.1, HIDDEN)

    for table, rows in (("word", len(VOCABULARY)), ("position", positions), ("token_type", token_types)):
        tensors[f"embeddings.{table}_embeddings.weight"] = generator.normal(0, 1, (rows, HIDDEN))
    norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            linear(f"{name}.attention.{part}", HIDDEN, HIDDEN)
        norm(f"{name}.attention.output.LayerNorm")
        linear(f"{name}.intermediate.dense", HIDDEN, INNER)
        linear(f"{name}.output.dense", INNER, HIDDEN)
        norm(f"{name}.output.LayerNorm")
    return tensors


_DISTILBERT = [
    ("encoder.layer", "transformer.layer"),
    ("attention.self.query", "attention.q_lin"),
    ("attention.self.key", "attention.k_lin"),
    ("attention.self.value", "attention.v_lin"),
    ("attention.output.dense", "attention.out_lin"),
    ("attention.output.LayerNorm", "sa_layer_norm"),
    ("intermediate.dense", "ffn.lin1"),
    (r"(?<=\d\.)output.dense", "ffn.lin2"),
    (r"(?<=\d\.)output.LayerNorm", "output_layer_norm"),
]
_MPNET = [
    (r"attention\.self\.(q|k|v)\w+", r"attention.attn.\1"),
    ("attention.output.dense", "attention.attn.o"),
    ("attention.output.LayerNorm", "attention.LayerNorm"),
]
_RENAMED = {"distilbert": _DISTILBERT, "mpnet": _MPNET}


def _family_names(
    family: str, tensors: dict[str, np.ndarray], generator: np.random.Generator, labels: int | None
) -> dict[str, np.ndarray]:
    if family in _RENAMED:
        del tensors["embeddings.token_type_embeddings.weight"]
        for pattern, name in _RENAMED[family]:
            tensors = {re.sub(pattern, name, key): tensor for key, tensor in tensors.items()}
    if family == "mpnet":
        tensors["encoder.relative_attention_bias.weight"] = generator.normal(0, 1, (32, HEADS))
    if labels is None:
        return tensors
    prefix = {"xlm-roberta": "roberta"}.get(family, family)
    tensors = {f"{prefix}.{key}": tensor for key, tensor in tensors.items()}
    first, last = {
        "bert": ("bert.pooler.dense", "classifier"),
        "distilbert": ("pre_classifier", "classifier"),
    }.get(family, ("classifier.dense", "classifier.out_proj"))
    for name, outputs in ((first, HIDDEN), (last, labels)):
        tensors[f"{name}.weight"] = generator.normal(0, 0.3, (outputs, HIDDEN))
        tensors[f"{name}.bias"] = generator.normal(0, 0.1, outputs)
    return tensors


def _config(family: str, labels: int | None, dtype: str, positions: int) -> dict[str, object]:
    common = {
        "model_type": family,
        "vocab_size": len(VOCABULARY),
        "max_position_embeddings": positions,
        "pad_token_id": 1,
        "torch_dtype": dtype,
    }
    if labels is not None:
        common["id2label"] = {str(label): f"LABEL_{label}" for label in range(labels)}
        common["label2id"] = {f"LABEL_{label}": label for label in range(labels)}
    class_name = {
        "bert": "Bert",
        "roberta": "Roberta",
        "xlm-roberta": "XLMRoberta",
        "distilbert": "DistilBert",
        "electra": "Electra",
        "mpnet": "MPNet",
    }[family]
    common["architectures"] = [class_name + ("Model" if labels is None else "ForSequenceClassification")]
    if family == "distilbert":
        return common | {"dim": HIDDEN, "hidden_dim": INNER, "n_heads": HEADS, "n_layers": LAYERS, "activation": "gelu"}
    return common | {
        "hidden_size": HIDDEN,
        "embedding_size": HIDDEN,
        "intermediate_size": INNER,
        "num_attention_heads": HEADS,
        "num_hidden_layers": LAYERS,
        "type_vocab_size": 1 if "roberta" in family else 2,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
    }


def _pooling_config(modes: list[str], include_prompt: bool, old_keys: bool) -> dict[str, object]:
    if not old_keys:
        mode = modes[0] if len(modes) == 1 else modes
        return {"embedding_dimension": HIDDEN, "pooling_mode": mode, "include_prompt": include_prompt}
    names = {
        "cls": "cls_token",
        "max": "max_tokens",
        "mean": "mean_tokens",
        "weightedmean": "weightedmean_tokens",
        "mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
        "lasttoken": "lasttoken",
    }
    flags = {f"pooling_mode_{name}": mode in modes for mode, name in names.items()}
    return {"word_embedding_dimension": HIDDEN, **flags, "include_prompt": include_prompt}


def _dense(path: Path, inputs: int, outputs: int, function: str, seed: int, output: str | None = None) -> int:
    path.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng([seed, inputs, outputs])
    weight = generator.normal(0, 0.3, (outputs, inputs)).astype(np.float32)
    bias = generator.normal(0, 0.1, outputs).astype(np.float32)
    save_file({"linear.weight": weight, "linear.bias": bias}, path / "model.safetensors")
    package = "torch.nn.modules.linear" if function == "Identity" else "torch.nn.modules.activation"
    config = {
        "in_features": inputs,
        "out_features": outputs,
        "bias": True,
        "activation_function": f"{package}.{function}",
    }
    _json(path / "config.json", config | ({"module_output_name": output} if output else {}))
    return outputs


def _layer_norm(path: Path, width: int, seed: int) -> None:
    path.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng([seed, width])
    scale, shift = (generator.normal(mean, 0.1, width).astype(np.float32) for mean in (1, 0))
    save_file({"norm.weight": scale, "norm.bias": shift}, path / "model.safetensors")
    _json(path / "config.json", {"dimension": width})


def _save(path: Path, tensors: dict[str, np.ndarray], shards: int) -> None:
    if shards == 1:
        save_file(tensors, path / "model.safetensors", metadata={"format": "pt"})
        return
    names = sorted(tensors)
    files = [f"model-{shard + 1:05d}-of-{shards:05d}.safetensors" for shard in range(shards)]
    places = {name: files[number % shards] for number, name in enumerate(names)}
    for file in files:
        save_file(
            {name: tensors[name] for name in names if places[name] == file}, path / file, metadata={"format": "pt"}
        )
    _json(path / "model.safetensors.index.json", {"metadata": {}, "weight_map": places})


def _modules(path: Path, modules: list[tuple[str, str]]) -> None:
    entries = [
        {"idx": number, "name": str(number), "path": directory, "type": f"sentence_transformers.models.{name}"}
        for number, (name, directory) in enumerate(modules)
    ]
    (path / "modules.json").write_text(json.dumps(entries, indent=1))


def _json(path: Path, value: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1))
