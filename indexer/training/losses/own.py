"""Losses and callbacks of a user's own: a class by its import path, `package.module:Class`.

A loss is made with the model first and the recipe's options, and called as those of sentence-transformers are
(https://sbert.net/docs/sentence_transformer/loss_overview.html#custom-loss-functions). A callback is a TrainerCallback
of transformers, made without arguments. Importing runs code, so it is allowed by the switch for code of a model's own.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from engine.errors import InvalidRecipe
from engine.settings import settings


def is_own(name: str) -> bool:
    """Whether a name is an import path."""
    return ":" in name


def own_class(name: str, key: str) -> Any:
    """The class of that path; `key` is where the recipe names it. InvalidRecipe."""
    if not settings().trust_remote_code:
        raise InvalidRecipe(
            f"{key}: {name} is code of your own, which is not run.",
            "If you trust it, set WINNOW_TRUST_REMOTE_CODE=true.",
        )
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InvalidRecipe(
            f"{key}: there is no class {name}: {error}.", "Install its package, or put its folder on PYTHONPATH."
        ) from error
