"""The facts of an encoder that stands for another one, and only embeds differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.protocols import Encoder, TokenCounter, runtimes_behind

if TYPE_CHECKING:
    from engine.fingerprint import QueryFingerprint


class StandingFor:
    """The part of `engine.protocols.Encoder` and `TellsRuntimes` that is as `own` says."""

    def __init__(self, own: Encoder) -> None:
        self._own = own

    @property
    def dimension(self) -> int:
        return self._own.dimension

    @property
    def max_tokens(self) -> int:
        return self._own.max_tokens

    @property
    def languages(self) -> frozenset[str] | None:
        return self._own.languages

    @property
    def fingerprint(self) -> QueryFingerprint:
        return self._own.fingerprint

    @property
    def runtimes(self) -> frozenset[str]:
        return runtimes_behind(self._own)

    @property
    def tokens(self) -> TokenCounter:
        return self._own.tokens
