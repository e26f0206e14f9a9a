"""The reranker's model: all-MiniLM-L6-v2 over a pair, mean pooling, a small head; and its tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from indexer.training.package import HEAD_MODULES

QUERY_TOKENS = 64


class Reranker:
    """BERT, mean over the tokens, GELU(dense), score: one logit for a query-passage pair.

    Dropout acts on the pooled vector only: inside BERT it nearly halves the speed on a CPU.
    """

    def __init__(self, base: Path) -> None:
        from transformers import AutoModel

        options = {
            "attn_implementation": "eager",
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
        }
        bert: Any = AutoModel.from_pretrained(str(base), add_pooling_layer=False, dtype=torch.float32, **options)
        width = bert.config.hidden_size
        dense, score = nn.Linear(width, width), nn.Linear(width, 1)
        nn.init.eye_(dense.weight)
        nn.init.zeros_(dense.bias)
        nn.init.normal_(score.weight, std=0.02)
        nn.init.zeros_(score.bias)
        self.parts: Any = nn.ModuleDict({"bert": bert, "dense": dense, "score": score, "dropout": nn.Dropout(0.1)})

    def __call__(self, batch: dict[str, Tensor]) -> Tensor:
        """Return the logits of a batch of tokenised pairs."""
        hidden = self.parts["bert"](**batch).last_hidden_state.float()
        mask = batch["attention_mask"].unsqueeze(-1).float()
        pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        with torch.autocast("cpu", enabled=False):
            raised = functional.gelu(self.parts["dense"](self.parts["dropout"](pooled)))
            return self.parts["score"](raised).squeeze(-1)

    def parameters(self, head: bool) -> list[Tensor]:
        """Return the head's parameters, or those of BERT."""
        named = self.parts.named_parameters()
        return [parameter for name, parameter in named if name.startswith("bert.") != head]

    def save(self, path: Path) -> None:
        """Write a checkpoint in one step, so that a reader never sees half of it."""
        part = path.with_suffix(".part")
        save_file({name: tensor.contiguous() for name, tensor in self.parts.state_dict().items()}, str(part))
        part.replace(path)

    def restore(self, path: Path) -> None:
        """Read a checkpoint."""
        self.parts.load_state_dict(load_file(path))

    @classmethod
    def load(cls, folder: Path) -> Reranker:
        """Load a packaged reranker for scoring."""
        state = {f"bert.{name}": tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
        for part, name in HEAD_MODULES.items():
            for key, tensor in load_file(folder / part / "model.safetensors").items():
                state[f"{name}.{key.removeprefix('linear.')}"] = tensor.float()
        model = cls(folder)
        model.parts.load_state_dict(state)
        model.parts.eval()
        return model


class PairTokenizer:
    """Tokenise pairs: the query is cut first, then the passage to what is left."""

    def __init__(self, base: Path, max_length: int) -> None:
        from tokenizers import Tokenizer

        self.queries: Any = Tokenizer.from_file(str(base / "tokenizer.json"))
        self.pairs: Any = Tokenizer.from_file(str(base / "tokenizer.json"))
        self.queries.no_padding()
        self.queries.enable_truncation(QUERY_TOKENS)
        self.pairs.enable_truncation(max_length, strategy="only_second")
        self.pairs.enable_padding()

    def __call__(self, pairs: list[tuple[str, str]]) -> dict[str, Tensor]:
        """Return padded token ids, types and mask."""
        cut = [(self.cut(query), passage) for query, passage in pairs]
        coded = self.pairs.encode_batch(cut)
        names = {"input_ids": "ids", "token_type_ids": "type_ids", "attention_mask": "attention_mask"}
        return {key: torch.tensor([getattr(code, name) for code in coded]) for key, name in names.items()}

    def cut(self, query: str) -> str:
        """Cut a query to its first tokens."""
        code = self.queries.encode(query, add_special_tokens=False)
        return query[: code.offsets[-1][1]] if code.offsets else query
