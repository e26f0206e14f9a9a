"""Causal language models as rerankers: asked in words whether the passage answers, and scored by the logit of a yes.

The prompts are those that the models were trained with. Its parts are tokenised one by one, as their authors do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from engine.errors import UnsupportedModel
from engine.models.batching import batches, pad
from engine.models.checkpoint import Checkpoint, read_json
from engine.models.runtime import Ids
from engine.models.tokenization import Tokenization
from engine.types import Float32, Passage


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads: before, query, between, passage, after. {bos} stands for the tokenizer's first token.

    The score is the logit of the token `yes`, less that of `no` where there is one.
    """

    before: tuple[str, ...]
    query: str
    between: str
    passage: str
    after: tuple[str, ...]
    yes: str
    no: str | None = None


# https://github.com/FlagOpen/FlagEmbedding/tree/master/FlagEmbedding/inference/reranker/decoder_only
_BGE = Prompt(
    before=("{bos}",),
    query="A: ",
    between="\n",
    passage="B: ",
    after=(
        "\n",
        "Given a query A and a passage B, determine whether the passage contains an answer to the query by providing a "
        "prediction of either 'Yes' or 'No'.",
    ),
    yes="Yes",
)
# https://github.com/mixedbread-ai/mxbai-rerank
_MXBAI = Prompt(
    before=(
        "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\n",
    ),
    query="query: ",
    between="\n",
    passage="document: ",
    after=(
        "\n",
        "You are a search relevance expert who evaluates how well documents match search queries. For each "
        "query-document pair, carefully analyze the semantic relationship between them, then provide your binary "
        "relevance judgment (0 for not relevant, 1 for relevant).\nRelevance:",
        "<|im_end|>\n<|im_start|>assistant\n",
    ),
    yes="1",
    no="0",
)

LAYERWISE = "LayerWiseMiniCPMForCausalLM"
# architecture -> prompt of the one family of rerankers that has it
PROMPTS = {"GemmaForCausalLM": _BGE, LAYERWISE: _BGE, "Qwen2ForCausalLM": _MXBAI}


def is_causal(checkpoint: Checkpoint) -> bool:
    """Whether the checkpoint is a causal language model without modules of sentence-transformers."""
    return len(checkpoint.modules) == 1 and _architecture(checkpoint).endswith("ForCausalLM")


def read_prompt(checkpoint: Checkpoint) -> Prompt:
    """Raises UnsupportedModel for a language model that is no reranker known here: its prompt cannot be guessed."""
    architecture = _architecture(checkpoint)
    if architecture not in PROMPTS:
        raise UnsupportedModel(
            f"{checkpoint.root} is a language model ({architecture}) whose prompt for reranking Winnow does not know.",
            "Choose a reranker of one of: " + ", ".join(PROMPTS) + ".",
        )
    return PROMPTS[architecture]


class CausalModel(Protocol):
    """A loaded language model. Safe under threads."""

    def run(self, input_ids: Ids, attention_mask: Ids) -> Float32:
        """Scores at the last token of each row, shape (batch,), for inputs of shape (batch, length)."""
        ...


class CausalReranker:
    """Implements `engine.protocols.Reranker`. Where both do not fit, the passage keeps at least half of the room."""

    def __init__(self, name: str, checkpoint: Checkpoint, model: CausalModel, token_budget: int) -> None:
        self._name = name
        self._checkpoint = checkpoint
        self._model = model
        self._token_budget = token_budget
        self._prompt = read_prompt(checkpoint)
        self.tokens = Tokenization(checkpoint, max_length=None)

    @property
    def name(self) -> str:
        return self._name

    @property
    def max_tokens(self) -> int:
        return self._checkpoint.max_length

    @property
    def languages(self) -> frozenset[str] | None:
        return self._checkpoint.languages

    @cached_property
    def special_tokens(self) -> int:
        """Those of the prompt."""
        named = self.tokens.count([self._prompt.query.strip(), self._prompt.passage.strip()])
        return sum(map(len, self._fixed)) + sum(named)

    def score(self, query: str, passages: Sequence[Passage]) -> Float32:
        """Logits, shape (n,), in the order of `passages`."""
        rows = [ids for ids, _ in self._encode(query, passages)]
        scores = np.empty(len(rows), dtype=np.float32)
        for batch in batches([len(ids) for ids in rows], self._token_budget):
            chosen = [rows[position] for position in batch]
            mask = pad([[1] * len(ids) for ids in chosen], 0)
            scores[batch] = self._model.run(pad(chosen, self._checkpoint.pad_id), mask)
        return scores

    def truncated(self, query: str, passages: Sequence[Passage]) -> int:
        """How many pairs are cut when scored."""
        return sum(cut for _, cut in self._encode(query, passages))

    @cached_property
    def _fixed(self) -> tuple[list[int], list[int], list[int]]:
        """Tokens before, between and after."""
        bos = read_json(self._checkpoint.first.directory / "tokenizer_config.json").get("bos_token") or ""
        first = bos["content"] if isinstance(bos, dict) else bos

        def ids(*parts: str) -> list[int]:
            texts = [part.replace("{bos}", first) for part in parts]
            return [token for encoding in self.tokens.encode_plain(texts) for token in encoding.ids]

        return ids(*self._prompt.before), ids(self._prompt.between), ids(*self._prompt.after)

    def _encode(self, query: str, passages: Sequence[Passage]) -> list[tuple[list[int], bool]]:
        """Token ids of each pair, and whether anything of it had to be left out."""
        before, between, after = self._fixed
        room = self.max_tokens - len(before) - len(between) - len(after)
        texts = [self._prompt.query + query, *(self._prompt.passage + passage.text for passage in passages)]
        asked, *read = (encoding.ids for encoding in self.tokens.encode_plain(texts))
        rows = []
        for ids in read:
            passage = ids[: max(room - len(asked), room // 2)]
            question = asked[: room - len(passage)]
            cut = len(question) + len(passage) < len(asked) + len(ids)
            rows.append(([*before, *question, *between, *passage, *after], cut))
        return rows


def _architecture(checkpoint: Checkpoint) -> str:
    return str(next(iter(checkpoint.config.get("architectures") or []), ""))
