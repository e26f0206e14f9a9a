"""How published language models are asked whether a passage answers: the prompts that they were trained with.

The parts of a prompt are tokenised one by one, as the models' authors do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import Checkpoint, read_json
from engine.models.checkpoints.tokenization import Tokenization


@dataclass(frozen=True, slots=True)
class Prompt:
    """Parts of the text that the model reads: before, query, between, passage, after. {bos} stands for the tokenizer's
    first token.

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


def read_prompt(checkpoint: Checkpoint) -> Prompt:
    """Read the prompt. Raises UnsupportedModel for a language model that is no reranker known here: its prompt cannot
    be guessed.
    """
    architecture = checkpoint.architecture
    if architecture not in PROMPTS:
        raise UnsupportedModel(
            f"{checkpoint.root} is a language model ({architecture}) whose prompt for reranking Winnow does not know.",
            "Choose a reranker of one of: " + ", ".join(PROMPTS) + ".",
        )
    return PROMPTS[architecture]


class Prompted:
    """Implements `engine.models.rerankers.causal.Asking` with a prompt's parts. The prompt is never cut."""

    def __init__(self, checkpoint: Checkpoint, tokens: Tokenization) -> None:
        self._checkpoint = checkpoint
        self._tokens = tokens
        self._prompt = read_prompt(checkpoint)

    @cached_property
    def special_tokens(self) -> int:
        named = self._tokens.count([self._prompt.query.strip(), self._prompt.passage.strip()])
        return sum(map(len, self._fixed)) + sum(named)

    @cached_property
    def answers(self) -> tuple[int, int | None]:
        yes, *no = self._tokens.encode_plain([self._prompt.yes, *filter(None, [self._prompt.no])])
        return yes.ids[0], no[0].ids[0] if no else None

    def encode(self, query: str, passages: Sequence[str]) -> list[tuple[list[int], bool]]:
        before, between, after = self._fixed
        room = self._checkpoint.max_length - len(before) - len(between) - len(after)
        texts = [self._prompt.query + query, *(self._prompt.passage + passage for passage in passages)]
        asked, *read = (encoding.ids for encoding in self._tokens.encode_plain(texts))
        rows = []
        for ids in read:
            passage = ids[: max(room - len(asked), room // 2)]
            question = asked[: room - len(passage)]
            cut = len(question) + len(passage) < len(asked) + len(ids)
            rows.append(([*before, *question, *between, *passage, *after], cut))
        return rows

    @cached_property
    def _fixed(self) -> tuple[list[int], list[int], list[int]]:
        """Tokens before, between and after."""
        bos = read_json(self._checkpoint.first.directory / "tokenizer_config.json").get("bos_token") or ""
        first = bos["content"] if isinstance(bos, dict) else bos

        def ids(*parts: str) -> list[int]:
            texts = [part.replace("{bos}", first) for part in parts]
            return [token for encoding in self._tokens.encode_plain(texts) for token in encoding.ids]

        return ids(*self._prompt.before), ids(self._prompt.between), ids(*self._prompt.after)
