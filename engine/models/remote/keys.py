"""API keys of servers of models: from the environment only, so that no file and no manifest holds them."""

from __future__ import annotations

import os
import re

from engine.errors import UsageError

VARIABLE = "WINNOW_MODEL_KEY"


def key_for(host: str) -> str | None:
    """The key for a host: of `WINNOW_MODEL_KEY_<HOST>` if set, such as WINNOW_MODEL_KEY_API_JINA_AI, else the one for
    all. UsageError, without the key, where it cannot be sent.
    """
    for variable in (variable_for(host), VARIABLE):
        key = os.environ.get(variable, "").strip()
        if key:
            if not re.fullmatch(r"[!-~]+", key):
                raise UsageError(f"{variable} holds characters that no key has.", "Copy the key again.")
            return key
    return None


def variable_for(host: str) -> str:
    """The environment variable of one host's key."""
    return f"{VARIABLE}_{re.sub('[^A-Z0-9]', '_', host.upper())}"
