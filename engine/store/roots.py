"""The folders that a collection's documents come from: the ids of their files begin below them, so folders may move.

Places are absolute paths with slashes, or URLs; what lies inside a file is `<file>#<name>` or `<archive>!/<path>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import StoreDamaged
from engine.store import names


@dataclass(frozen=True, slots=True)
class Root:
    """A folder by the name that stands for it in ids. `prefixed`: ids begin with the name, not right below it."""

    name: str
    path: str
    prefixed: bool

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Root:
        """Read it from JSON. StoreDamaged, KeyError or TypeError if it is none."""
        name, path = names.text(data["name"], "the name of a root"), names.text(data["path"], "a root's path")
        if not name or "/" in name:
            raise StoreDamaged(f"{name!r} cannot name a root.", names.REMEDY)
        return Root(name, path, bool(data["prefixed"]))


@dataclass(frozen=True, slots=True)
class Roots:
    """All roots of a collection. No two have the same name or the same path."""

    all: tuple[Root, ...] = ()

    def named(self, name: str) -> Root | None:
        return next((root for root in self.all if root.name == name), None)

    def around(self, place: str) -> Root | None:
        """The innermost root that a place lies in."""
        holding = [root for root in self.all if is_below(place, root.path)]
        return max(holding, key=lambda root: len(root.path), default=None)

    def id_of(self, place: str) -> str:
        """The id of the document at a place: its path below the innermost root; the place itself outside of all.

        A path that begins as another root's ids do is told apart by the name of its own root.
        """
        root = self.around(place)
        if root is None:
            return place
        path = place.removeprefix(root.path).removeprefix("/")
        ambiguous = self.named(path.partition("/")[0]) is not None
        return f"{root.name}/{path}" if root.prefixed or ambiguous else path

    def path_of(self, document: str) -> tuple[Root, str] | None:
        """The root that an id may be of, and the path below it; None where no root has such ids."""
        first, _, rest = document.partition("/")
        root = self.named(first)
        if root is not None and rest:
            return root, rest
        bare = next((root for root in self.all if not root.prefixed), None)
        return None if bare is None or document.startswith("/") else (bare, document)

    def to_json(self) -> list[dict[str, Any]]:
        return [{"name": root.name, "path": root.path, "prefixed": root.prefixed} for root in self.all]

    @staticmethod
    def from_json(data: Iterable[Mapping[str, Any]]) -> Roots:
        """Read it from JSON. StoreDamaged, KeyError or TypeError if they are none."""
        roots = Roots(tuple(Root.from_json(root) for root in data))
        if len({root.name for root in roots.all}) < len(roots.all):
            raise StoreDamaged("A root is named twice.", names.REMEDY)
        return roots


def is_below(place: str, folder: str) -> bool:
    """Whether a place lies in a folder, at whatever depth."""
    return place.startswith(folder if folder.endswith("/") else f"{folder}/")
