"""Addresses that a crawl keeps in mind, each once, as long as there is room: a trap makes up new ones without end."""

from __future__ import annotations

from collections.abc import Iterable

ROOM = 256 * 2**20  # bytes
_TEXT, _MENTION = 120, 8  # bytes that an address takes beside its characters, and each mention of it


class KnownAddresses:
    """`room` is in bytes, counted roughly."""

    def __init__(self, room: int = ROOM) -> None:
        self._texts: dict[str, str] = {}
        self._room = room

    @property
    def full(self) -> bool:
        return self._room <= 0

    def keep(self, addresses: Iterable[str]) -> tuple[str, ...]:
        """The same addresses, of which each is in memory once."""
        kept = []
        for address in addresses:
            known = self._texts.setdefault(address, address)
            self._room -= _MENTION + (len(address) + _TEXT if known is address else 0)
            kept.append(known)
        return tuple(kept)
