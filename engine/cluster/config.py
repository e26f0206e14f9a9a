"""The configuration of a cluster: a YAML file."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from engine.cluster.serving.load import Patience
from engine.config_file import reason
from engine.errors import UsageError
from engine.store.layout import check_name

_EXAMPLE = "docs/cluster.md has an example."
_PLACES = ("address", "home", "folder")
# What a library raises for values that are written as a date, a number, ... and are none.
_UNREADABLE = (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError, RecursionError)


class _Settings(BaseModel):
    """Settings in a file. A key that is not known is a mistake, and so is `yes` for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_flags(cls, value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError("yes, no, true and false are no value of it")
        return value


class ModelProcess(_Settings):
    """Resources that Ray reserves on the host of the front for a process of the models."""

    cpus: float = Field(default=1.0, ge=0, le=256, description="CPUs: the models' threads")
    gpus: float = Field(default=0.0, ge=0, le=64, description="GPUs, which the process sees alone")


class ClusterConfig(_Settings):
    """Settings of `winnow cluster serve`. A path that begins at no root is one beside the file."""

    address: str = Field(
        min_length=1, description="the shared storage: a folder that all hosts have, or a URL such as s3://bucket/path"
    )
    collections: Annotated[tuple[str, ...], Field(min_length=1)] = Field(description="published collections to serve")
    home: str = Field(
        min_length=1, description="a folder of the machine in front: keys, and what is known of the collections"
    )
    folder: str = Field(min_length=1, description="a folder of each host's own disk, for the replicas' copies")
    replicas: int = Field(default=2, ge=1, le=16, description="processes for each shard")
    ray: str | None = Field(
        default=None, min_length=1, description="the Ray cluster: `auto`, or an address; none: this machine alone"
    )
    cpus: float = Field(
        default=1.0, ge=0, le=256, description="CPUs that Ray reserves for each replica, and threads of its scans"
    )
    threads: int = Field(default=4, ge=1, le=64, description="calls that a replica works on at once")
    queue: int = Field(
        default=64, ge=1, le=4096, description="calls that may wait for a replica, beyond which it is not asked"
    )
    hedge_ms: float = Field(default=100, gt=0, le=60_000, description="after which a second replica is asked too")
    deadline_ms: float = Field(
        default=2000, gt=0, le=600_000, description="in which a shard answers each stage of a search"
    )
    health_seconds: float = Field(
        default=2, gt=0, le=600, description="between two looks at the replicas and the storage"
    )
    copies_hours: float = Field(
        default=24, gt=0, le=100_000, description="for which a copy stays on a disk that no replica uses any more"
    )
    models: ModelProcess | None = Field(
        default=None,
        description="a process of their own for the models, with batches; none: the front",
    )

    @field_validator("collections", mode="before")
    @classmethod
    def _refuse_one(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise ValueError("it is a list, such as [docs]")
        return value

    @field_validator(*_PLACES)
    @classmethod
    def _refuse_signs(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("it has a sign that cannot be printed")
        return value

    @property
    def patience(self) -> Patience:
        return Patience(self.hedge_ms / 1000, self.deadline_ms / 1000, self.health_seconds, self.queue)


def read_config(path: Path) -> ClusterConfig:
    """Read a file. UsageError, which names what is wrong but repeats no value: an address may hold a password."""
    try:
        data = _read(path)
        places = {key: _placed(data[key], path) for key in _PLACES if isinstance(data, dict) and key in data}
        config = ClusterConfig.model_validate(data | places if places else data)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", "Name a YAML file (docs/cluster.md).") from error
    except ValidationError as error:
        named = ((".".join(map(str, one["loc"])) or "the file", reason(one["msg"])) for one in error.errors())
        raise UsageError(f"{path} is wrong: {'; '.join(map(': '.join, named))}.", _EXAMPLE) from None
    for name in config.collections:
        check_name(name)
    if len(set(config.collections)) < len(config.collections):
        raise UsageError(f"{path} names a collection twice.", "Name each once.")
    return config


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set[str]()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, "a key stands twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _read(path: Path) -> Any:
    """The file's values. OSError; UsageError, which says where it cannot be read."""
    try:
        return yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 - it is a safe one
    except _UNREADABLE as error:
        mark = getattr(error, "problem_mark", None)
        twice = getattr(error, "problem", None) == "a key stands twice"
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
        said = "has a key twice" if twice else "is not YAML, or has a value that cannot be read"
        raise UsageError(f"{path} {said}{where}.", _EXAMPLE) from None


def _placed(place: Any, file: Path) -> Any:
    """A path that begins at no root, as one beside the file; what is no path as it is."""
    if not isinstance(place, str) or not place or "://" in place or "::" in place or place.startswith("~"):
        return place
    return str(file.absolute().parent / place)
