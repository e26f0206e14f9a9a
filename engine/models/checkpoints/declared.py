"""Declarations of a model for Winnow: the object `winnow` in its config_sentence_transformers.json.

    {"winnow": {"max_tokens": 254, "recipe": {"fusion": "evidence", "dense_weight": 0.4}}}

`max_tokens` is the longest text that a model without a limit of its own wants to be given. `recipe` is what a
collection that is made with this encoder begins with, where it differs from the default. A dense weight without a
fusion was chosen for min-max, the only default there was. `precision` "int8" says that the model was measured with
its linear layers in int8, and is to be run so where the runtime can. `logit` and `tokens` are a
late-interaction reranker's (engine/models/rerankers/late_interaction.py), `matryoshka` the shorter dimensions that an
encoder was trained for (engine/models/checkpoints/matryoshka.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import Checkpoint, read_json
from engine.models.checkpoints.locate import locate
from engine.models.remote.address import is_address
from engine.recipe import Recipe

FILE = "config_sentence_transformers.json"
KEY = "winnow"


def declared_recipe(encoder: str) -> Recipe:
    """The recipe that a collection with this encoder begins with. ModelNotFound, UnsupportedModel."""
    if is_address(encoder):
        return Recipe()
    directory = locate(encoder, "encoder")
    changes = declarations(read_json(directory / FILE), directory).get("recipe") or {}
    if "dense_weight" in changes:
        changes = {"fusion": "minmax", **changes}
    try:
        return Recipe().with_(**changes)
    except TypeError as error:
        raise UnsupportedModel(f"{directory / FILE}: {KEY}.recipe: {error}.", "Correct or remove the key.") from error


def declared_int8(checkpoint: Checkpoint) -> bool:
    """Whether a model asks to be run in int8. UnsupportedModel for a precision that it cannot ask for."""
    precision = declarations(checkpoint.extra, checkpoint.root).get("precision", "float32")
    if precision not in ("float32", "int8"):
        raise UnsupportedModel(f"{checkpoint.root / FILE}: {KEY}.precision is {precision}.", "Use float32 or int8.")
    return bool(precision == "int8")


def declarations(config: Any, directory: Path) -> dict[str, Any]:
    """The object `winnow` of a model's configuration, {} where there is none. UnsupportedModel if it is none."""
    declared = config.get(KEY) or {}
    if not isinstance(declared, dict):
        raise UnsupportedModel(f"{directory / FILE}: {KEY} is not an object.", "Correct or remove the key.")
    return declared
