"""Texts that a file defines by name, to be said in many places: attributes, substitutions, strings, macros."""

from __future__ import annotations

from collections.abc import Mapping

_LONGEST = 1000  # code points of one
_MOST = 2**24  # code points that all of them together are said in: a small file must not make an endless text


class Definitions:
    """The text that stands for each name. Where so much has been said already, nothing stands for it any more."""

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._texts = {name: text[:_LONGEST] for name, text in (known or {}).items()}
        self._said = 0

    def __setitem__(self, name: str, text: str) -> None:
        self._texts[name] = text[:_LONGEST]

    def __contains__(self, name: str) -> bool:
        return name in self._texts

    def pop(self, name: str) -> None:
        self._texts.pop(name, None)

    def get(self, name: str, default: str) -> str:
        """The text, to be said once more; `default` if there is none."""
        text = self._texts.get(name)
        if text is None or self._said > _MOST:
            return default
        self._said += len(text)
        return text
