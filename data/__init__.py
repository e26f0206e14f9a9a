"""The bundled models, the sample collection, a small wiki and the skill for agents, found wherever Winnow is installed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

ROOT = Path(str(files(__name__)))
MODELS = ROOT / "models"
SAMPLE = ROOT / "sample"
DEMONSTRATION = ROOT / "demonstration"  # a small wiki, as JSON lines and as a dump
SKILL = ROOT / "skill" / "SKILL.md"
