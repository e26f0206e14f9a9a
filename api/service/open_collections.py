"""Open collections that several requests use at once, each closed when it is retired and its last user has left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.collection import Collection

Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class Shared:
    """An open collection with how many use it; nobody new will once it is retired."""

    collection: Collection
    users: int = 0
    retired: bool = False


class OpenCollections(Generic[Key]):
    """Open collections by key, the one that was added longest ago first. Safe under threads; nothing is closed under
    the lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shared: dict[Key, Shared] = {}

    def enter(self, key: Key) -> Shared | None:
        """One user more, who calls `leave`; None if there is none under the key."""
        with self._lock:
            return self._enter(key)

    def add(
        self, key: Key, opened: Collection, superseded: Callable[[list[Key]], Iterable[Key]] | None = None
    ) -> Shared:
        """Keep a collection, used once. Where another came first under the key that one is used, and this one closed.

        `superseded` chooses which of the keys, as they were before, are retired for it.
        """
        with self._lock:
            shared = self._enter(key)
            if shared is not None:
                idle = [opened]
            else:
                idle = self._retire([] if superseded is None else superseded(list(self._shared)))
                shared = self._shared[key] = Shared(opened, users=1)
        _close(idle)
        return shared

    def leave(self, shared: Shared) -> None:
        """One user less."""
        with self._lock:
            shared.users -= 1
            done = shared.retired and shared.users == 0
        if done:
            shared.collection.close()

    def retire(self, chosen: Callable[[Key, Collection], bool]) -> bool:
        """Close now which of the chosen nobody uses, and the rest when its last user leaves. Whether any was closed."""
        with self._lock:
            idle = self._retire([key for key, shared in self._shared.items() if chosen(key, shared.collection)])
        _close(idle)
        return bool(idle)

    def _enter(self, key: Key) -> Shared | None:
        shared = self._shared.get(key)
        if shared is not None:
            shared.users += 1
        return shared

    def _retire(self, keys: Iterable[Key]) -> list[Collection]:
        """Take them out; those that nobody uses are returned, to be closed without the lock."""
        taken = [self._shared.pop(key) for key in keys]
        for shared in taken:
            shared.retired = True
        return [shared.collection for shared in taken if shared.users == 0]


def _close(collections: list[Collection]) -> None:
    for collection in collections:
        collection.close()
