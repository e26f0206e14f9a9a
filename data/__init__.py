"""The bundled models, the sample collection and the skill for agents, found wherever Winnow is installed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

ROOT = Path(str(files(__name__)))
MODELS = ROOT / "models"
SAMPLE = ROOT / "sample"
SKILL = ROOT / "skill" / "SKILL.md"
