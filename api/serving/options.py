"""Options of the processes of one service."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from api.operations.logs import LogFormat
from api.settings import ServeSettings


@dataclass(frozen=True, slots=True)
class Serving:
    """`state` is a directory that all processes of this service share and that is removed when it ends; `settings` are
    what the command line made of them, which another process could not read from its environment; `encoders` and
    `rerankers` are models that clients may name; `log_queries` writes what was asked to the log.
    """

    home: Path
    state: Path
    settings: ServeSettings
    workers: int = 1
    encoders: tuple[str, ...] = ()
    rerankers: tuple[str, ...] = ()
    log_format: LogFormat = "text"
    log_queries: bool = False

    @property
    def inference(self) -> Path:
        """The socket of the inference process."""
        return self.state / "inference"

    @property
    def metrics(self) -> Path:
        """Where the workers keep what they count."""
        return self.state / "metrics"

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "settings": self.settings.model_dump(mode="json")}, default=str)

    @staticmethod
    def from_json(text: str) -> Serving:
        values: dict[str, Any] = json.loads(text)
        paths = {name: Path(values[name]) for name in ("home", "state")}
        lists = {name: tuple(values[name]) for name in ("encoders", "rerankers")}
        settings = ServeSettings.model_validate(values["settings"])
        return Serving(**{**values, **paths, **lists, "settings": settings})
