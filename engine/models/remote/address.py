"""Names of models that are served at an address.

    openai+http://localhost:11434/v1#nomic-embed-text        an encoder, POST <URL>/embeddings
    cohere+https://api.jina.ai/v1#jina-reranker-v2           a reranker, POST <URL>/rerank
    tei+http://localhost:8080                                either, POST <URL>/embed or <URL>/rerank

What the server cannot say stands after a `?`: `max_tokens`, `query_prompt`, `document_prompt`, `scores`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from engine.errors import ModelNotFound, UnsupportedModel

Kind = Literal["encoder", "reranker"]
Scores = Literal["probabilities", "logits"]

# protocol -> kind -> the path below the address
PATHS: Mapping[str, Mapping[str, str]] = {
    "openai": {"encoder": "/embeddings"},
    "cohere": {"reranker": "/rerank"},
    "tei": {"encoder": "/embed", "reranker": "/rerank"},
}
EXAMPLE = "openai+http://localhost:11434/v1#nomic-embed-text"
_NAME = re.compile(r"(?:(?P<protocol>[a-z]+)\+)?(?P<url>https?://.*)", re.IGNORECASE | re.DOTALL)
_MAX_TOKENS = 512  # what nearly every model that is served can read
_LEAST_TOKENS, _MOST_TOKENS = 32, 131_072
_OPTIONS = ("max_tokens", "query_prompt", "document_prompt", "scores")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is served, and what must be known of it. `url` is where requests go, `model` may be empty (TEI)."""

    protocol: str
    url: str
    model: str
    max_tokens: int
    prompts: Mapping[str, str]
    scores: Scores

    @property
    def shown(self) -> str:
        """The address in a message."""
        return f"{self.url} (model {self.model!r})" if self.model else self.url

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


def is_address(name: str) -> bool:
    """Whether a model's name is meant as an address, well formed or not."""
    return _NAME.fullmatch(name) is not None


def read_address(name: str, kind: Kind) -> Address:
    """The address that `name` is.

    Raises:
        ModelNotFound: it is malformed. A password in it is not repeated.
        UnsupportedModel: its protocol serves no models of this kind.
    """
    found = _NAME.fullmatch(name)
    parts = _split(found["url"]) if found else None
    if found is None or parts is None:
        raise _malformed("A model's address cannot be read: it needs a host, and a port below 65536 if any.")
    if parts.username is not None or parts.password is not None:
        raise _malformed("A model's address holds a user or a password, which would be kept with the collection.")
    protocol = (found["protocol"] or "").lower()
    if protocol not in PATHS:
        raise _malformed(f"The model's name {name!r} does not say what its address understands.")
    if kind not in PATHS[protocol]:
        fitting = " or ".join(f"{known}+" for known, paths in PATHS.items() if kind in paths)
        raise UnsupportedModel(f"{name!r} cannot be the {kind}.", f"An address for it begins with {fitting}.")
    model = unquote(parts.fragment)
    if not model and protocol != "tei":
        raise _malformed(f"The address {name!r} does not say which model.")
    url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}{PATHS[protocol][kind]}"
    options = _options(name, parts.query)
    prompts = {"query": options.get("query_prompt", ""), "document": options.get("document_prompt", "")}
    return Address(protocol, url, model, _max_tokens(name, options), prompts, _scores(name, protocol, options))


def _split(url: str) -> SplitResult | None:
    """The parts of a URL, None where it has no host or no sound port, or holds what cannot be sent."""
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0
        sendable = not re.search(r"[\s\x00-\x1f\x7f]|[^\x00-\x7f]", parts.netloc + parts.path)
    except ValueError:
        return None
    return parts if sound and sendable else None


def _options(name: str, query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    for option in options:
        if option not in _OPTIONS:  # a key, perhaps: its value is not repeated
            raise _malformed(f"A model's address has no option {option!r}; it has {', '.join(_OPTIONS)}.")
    return options


def _max_tokens(name: str, options: Mapping[str, str]) -> int:
    text = options.get("max_tokens", str(_MAX_TOKENS))
    value = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    if not _LEAST_TOKENS <= value <= _MOST_TOKENS:
        raise _malformed(f"max_tokens of {name!r} must be a number from {_LEAST_TOKENS} to {_MOST_TOKENS}.")
    return value


def _scores(name: str, protocol: str, options: Mapping[str, str]) -> Scores:
    text = options.get("scores", "logits" if protocol == "tei" else "probabilities")
    if text == "logits" or protocol == "tei":  # TEI is asked for logits
        return "logits"
    if text == "probabilities":
        return "probabilities"
    raise _malformed(f"scores of {name!r} must be `probabilities` or `logits`.")


def _malformed(message: str) -> ModelNotFound:
    return ModelNotFound(
        message,
        f"Write it as {EXAMPLE}, beginning with openai+, cohere+ or tei+; keys come from the environment "
        "(WINNOW_MODEL_KEY).",
    )
