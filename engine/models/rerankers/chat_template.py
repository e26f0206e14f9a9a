"""Language models that sentence-transformers packaged as cross-encoders: asked by the chat template that they bring.

Query and passage are messages of the roles `query` and `document`, a default prompt is the system's
(https://sbert.net/docs/package_reference/cross_encoder/modules.html, LogitScore).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import Checkpoint, read_json
from engine.models.checkpoints.tokenization import Tokenization


class Templated:
    """Implements `causal.Asking`. Query and passage are cut before they go into the template."""

    def __init__(self, checkpoint: Checkpoint, tokens: Tokenization) -> None:
        from transformers import PreTrainedTokenizerFast

        self._tokens = tokens
        self._max_tokens = checkpoint.max_length
        folder, saved = checkpoint.first.directory, checkpoint.first.config
        named = read_json(folder / "tokenizer_config.json")
        file = folder / "chat_template.jinja"
        template = file.read_text("utf-8") if file.is_file() else named.get("chat_template")
        if not isinstance(template, str):
            raise UnsupportedModel(f"{folder} has no chat template to ask with.", "Choose another reranker.")
        special = {name: token for name, token in named.items() if name.endswith("_token") and isinstance(token, str)}
        self._renderer = PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer.json"), chat_template=template, **special
        )
        self._options = saved.get("processing_kwargs", {}).get("chat_template", {})
        self._flat = saved.get("modality_config", {}).get("message", {}).get("format", "flat") == "flat"
        extra = checkpoint.extra
        self._system = (extra.get("prompts") or {}).get(extra.get("default_prompt_name") or "")
        scoring = checkpoint.modules[1].config
        self.answers: tuple[int, int | None] = (scoring["true_token_id"], scoring.get("false_token_id"))
        if "\ue000" not in self._render("\ue000", "") or "\ue000" not in self._render("", "\ue000"):
            raise UnsupportedModel(
                f"The chat template of {folder} leaves out the query or the passage.", "Fix the template."
            )

    @cached_property
    def special_tokens(self) -> int:
        return self._tokens.count([self._render("", "")])[0]

    def encode(self, query: str, passages: Sequence[str]) -> list[tuple[list[int], bool]]:
        rendered = self._tokens.encode_plain([self._render(query, passage) for passage in passages])
        return [
            (encoding.ids, False) if len(encoding) <= self._max_tokens else (self._cut(query, passage), True)
            for encoding, passage in zip(rendered, passages, strict=True)
        ]

    def _cut(self, query: str, passage: str) -> list[int]:
        """The passage keeps at least half of the room."""
        room = self._max_tokens - self.special_tokens
        asked, read = self._tokens.offsets(query), self._tokens.offsets(passage)
        read = read[: max(room - len(asked), room // 2)]
        asked = asked[: max(room - len(read), 0)]
        query, passage = (text[: spans[-1][1]] if spans else "" for text, spans in ((query, asked), (passage, read)))
        return self._tokens.encode_plain([self._render(query, passage)])[0].ids

    def _render(self, query: str, passage: str) -> str:
        said = [("system", self._system)] * bool(self._system) + [("query", query), ("document", passage)]
        messages: list[dict[str, Any]] = [
            {"role": role, "content": text if self._flat else [{"type": "text", "text": text}]} for role, text in said
        ]
        options = {name: value for name, value in self._options.items() if name != "restore_suffix"}
        text: str = self._renderer.apply_chat_template(messages, tokenize=False, **options)
        return text
