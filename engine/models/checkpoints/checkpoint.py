"""Reads what a model directory says of itself: its modules, configurations, length limit and prompts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.errors import ModelNotFound, UnsupportedModel
from engine.models.checkpoints.card import read_card
from engine.models.checkpoints.weights import read_tensors, weight_files

Config = Mapping[str, Any]
Kind = Literal["encoder", "reranker"]

# Modules of sentence-transformers that Winnow runs, by class name, and the file that configures them
# (https://sbert.net/docs/package_reference/sentence_transformer/modules.html).
_CONFIGURATIONS = {
    "Transformer": "sentence_bert_config.json",
    "Pooling": "config.json",
    "Dense": "config.json",
    "LayerNorm": "config.json",
    "Normalize": "config.json",
    "Dropout": "config.json",
    "StaticEmbedding": None,
    "BoW": "config.json",
    "WordEmbeddings": "wordembedding_config.json",
    "WordWeights": "config.json",
    "CNN": "cnn_config.json",
    "LSTM": "lstm_config.json",
    "LogitScore": "config.json",
    "MultiVectorMask": "config.json",
}
JINA_BERT = "jina-bert"
T5 = ("t5", "mt5", "umt5", "longt5")
_UNSTATED = 10**6  # transformers writes 10**30 where a tokenizer has no limit
LATE_INTERACTION = "MultiVectorEncoder"  # the model_type of one that compares token by token
_RERANKERS = ("CrossEncoder", LATE_INTERACTION)
WORDS = ("BoW", "WordEmbeddings")
_PLAIN = ("StaticEmbedding", *WORDS)  # modules that read text without a transformer


@dataclass(frozen=True, slots=True)
class Module:
    """One entry of modules.json with its configuration."""

    type: str
    directory: Path
    config: Config


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model directory in the layout of sentence-transformers, or a plain transformer (one module, no modules.json).

    `config` is the transformer's own config.json ({} for a static model), `extra` config_sentence_transformers.json,
    `graph` a published graph that is run instead of the weights (published.py).
    """

    root: Path
    modules: tuple[Module, ...]
    config: Config
    extra: Config
    graph: Path | None = None

    @property
    def first(self) -> Module:
        """The module that reads text."""
        return self.modules[0]

    @property
    def architecture(self) -> str:
        """The class of transformers that saved it, "" where none is named."""
        return str(next(iter(self.config.get("architectures") or []), ""))

    @property
    def family(self) -> str:
        """The architecture: `model_type`, but for Jina's BERT, which calls itself "bert"."""
        return (
            JINA_BERT if self.architecture.startswith("JinaBert") else str(self.config.get("model_type") or "nameless")
        )

    @property
    def needs_own_code(self) -> bool:
        """Whether only code that it brings can run it, for all that is known here."""
        return "auto_map" in self.config and self.family != JINA_BERT

    @property
    def prompts(self) -> dict[str, str]:
        """The prompt of each role, "" where the model has none.

        As `SentenceTransformer.encode_query` and `encode_document` choose it: a role without a prompt of its own gets
        none, whatever `default_prompt_name` says.
        """
        saved = self.extra.get("prompts") or {}
        document = next((saved[name] for name in ("document", "passage", "corpus") if name in saved), "")
        chosen = {"query": saved.get("query") or "", "document": document or ""}
        if not all(isinstance(prompt, str) for prompt in chosen.values()):
            raise UnsupportedModel(
                f"{self.root} has a prompt that is no text.",
                "Correct config_sentence_transformers.json, or download the model again.",
            )
        return chosen

    @property
    def languages(self) -> frozenset[str] | None:
        """Languages that the model card declares, None where it declares nothing or that the model is multilingual."""
        return read_card(self.root / "README.md").languages

    @property
    def max_length(self) -> int:
        """Longest input in tokens, special tokens included: the model's own limit, within its position table."""
        tokenizer = read_json(self.first.directory / "tokenizer_config.json")
        limit = self.first.config.get("max_seq_length") or tokenizer.get("model_max_length") or 512
        if self.family in T5 and limit < _UNSTATED:  # positions are relative: no table ends them
            return int(limit)
        return int(min(limit, self._positions))

    @property
    def _positions(self) -> int:
        positions = int(self.config.get("max_position_embeddings", 512))
        return positions if self.position_offset is None else positions - self.position_offset - 1

    @property
    def position_offset(self) -> int | None:
        """The padding id after which a family counts its positions; None where they count from 0."""
        if self.config.get("model_type") not in _POSITIONS_AFTER_PADDING:
            return None
        return 1 if self.config["model_type"] == "mpnet" else self.pad_id  # MPNet's is the same in every checkpoint

    @property
    def hidden_size(self) -> int:
        """Width of the hidden states, under the name that the family gives it."""
        names = ("hidden_size", "dim", "d_model")  # BERT's, DistilBERT's, T5's
        return int(self.config[next((name for name in names if name in self.config), names[0])])

    @property
    def pad_id(self) -> int:
        pad = self.config.get("pad_token_id")
        if pad is None:
            return 1 if self.config.get("model_type") in _POSITIONS_AFTER_PADDING else 0
        return int(pad)


_POSITIONS_AFTER_PADDING = ("roberta", "xlm-roberta", "camembert", "mpnet")  # whose padding id is 1 by default


def read_checkpoint(root: Path) -> Checkpoint:
    """Read a checkpoint. Raises ModelNotFound when the directory holds no model, UnsupportedModel for a module that
    Winnow cannot run.
    """
    if not (root / "modules.json").is_file():
        if read_json(root / "config.json").get("model_type") == "model2vec":  # a token table without a list of modules
            return make_checkpoint(root, (Module("StaticEmbedding", root, {}),))
        return make_checkpoint(root, (Module("Transformer", root, read_json(root / "sentence_bert_config.json")),))
    return make_checkpoint(root, tuple(read_module(root, entry) for entry in module_entries(root)))


def module_entries(root: Path) -> list[Config]:
    """Entries of modules.json, in order."""
    entries: list[Config] = json.loads((root / "modules.json").read_text("utf-8"))
    return sorted(entries, key=lambda entry: int(entry["idx"]))


def make_checkpoint(root: Path, modules: tuple[Module, ...]) -> Checkpoint:
    """The modules, of which the first must read text, with the configurations of the directory."""
    first = modules[0]
    if first.type not in ("Transformer", *_PLAIN):
        raise UnsupportedModel(f"{root} starts with a {first.type} module.", "It must start with a Transformer.")
    config = {} if first.type in _PLAIN else read_json(first.directory / "config.json")
    if first.type == "Transformer" and not config:
        raise ModelNotFound(f"{first.directory} has no config.json.", "Give the directory of a transformer model.")
    return Checkpoint(root, modules, config, read_json(root / "config_sentence_transformers.json"))


def kind_of(checkpoint: Checkpoint) -> Kind:
    """The kind that the checkpoint declares, or else the one that its architecture is made for."""
    if saved := checkpoint.extra.get("model_type"):
        return "reranker" if saved in _RERANKERS else "encoder"
    if checkpoint.first.type != "Transformer" or any(module.type == "Pooling" for module in checkpoint.modules):
        return "encoder"  # also where the transformer below was made for something else, as language models are
    if checkpoint.family == JINA_BERT:  # whose rerankers name the class of its encoders
        tensors = read_tensors(weight_files(checkpoint.first.directory))
        return "reranker" if "classifier.weight" in tensors else "encoder"
    return "reranker" if checkpoint.architecture.endswith(("ForSequenceClassification", "ForCausalLM")) else "encoder"


def classifies(checkpoint: Checkpoint) -> bool:
    """Whether the transformer has a head of its own, so that a whole graph of it gives scores and no hidden states."""
    return len(checkpoint.modules) == 1 and kind_of(checkpoint) == "reranker"


def torch_only(checkpoint: Checkpoint, problem: str) -> UnsupportedModel:
    """The error for a model that the light runtimes cannot run; `problem` says what it is or does."""
    return UnsupportedModel(
        f"{checkpoint.root} {problem}, which the light runtimes cannot run.",
        "Run it with torch: pip install 'winnow-search[torch]' and set WINNOW_RUNTIME=torch.",
    )


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object, {} where the file does not exist. Raises UnsupportedModel when it is not a JSON object."""
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise UnsupportedModel(f"{path} is not JSON: {error}.", "Download the model again.") from error
    if not isinstance(value, dict):
        raise UnsupportedModel(f"{path} is not a JSON object.", "Download the model again.")
    return value


def read_module(root: Path, entry: Config) -> Module:
    """One entry of modules.json, or of a router's table. Raises UnsupportedModel for one that Winnow cannot run."""
    package, _, name = str(entry["type"]).rpartition(".")
    if not package.startswith("sentence_transformers") or name not in _CONFIGURATIONS:
        raise UnsupportedModel(
            f"{root} has a module {entry['type']}, which Winnow cannot run.",
            "Supported are: " + ", ".join(_CONFIGURATIONS) + ".",
        )
    directory = root / entry["path"] if entry["path"] else root
    file = _CONFIGURATIONS[name]
    return Module(name, directory, read_json(directory / file) if file else {})
