"""Fusion: one method per file, registered here by the name that a recipe uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.fusion import evidence, minmax, rrf
from engine.fusion.ranking import Scored

Fusion = Callable[[Mapping[str, Sequence[Scored]], Mapping[str, float]], list[Scored]]

FUSIONS: dict[str, Fusion] = {"evidence": evidence.fuse, "minmax": minmax.fuse, "rrf": rrf.fuse}
