"""The configuration of a cluster: a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.cluster.serving.load import Patience
from engine.errors import UsageError
from engine.store.layout import check_name


class ModelProcess(BaseModel):
    """Resources that Ray reserves on the host of the front for a process of the models."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cpus: float = Field(default=1.0, ge=0, le=256, description="CPUs: the models' threads")
    gpus: float = Field(default=0.0, ge=0, le=64, description="GPUs, which the process sees alone")


class ClusterConfig(BaseModel):
    """Settings of `winnow cluster serve`. A key that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(
        description="the shared storage: a folder that all hosts have, or a URL such as s3://bucket/path"
    )
    collections: Annotated[tuple[str, ...], Field(min_length=1)] = Field(description="published collections to serve")
    home: str = Field(description="a folder of the machine in front: keys, and what is known of the collections")
    folder: str = Field(description="a folder of each host's own disk, for the replicas' copies")
    replicas: int = Field(default=2, ge=1, le=16, description="processes for each shard")
    ray: str | None = Field(
        default=None, description="the Ray cluster: `auto`, or an address; none: this machine alone"
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

    @property
    def patience(self) -> Patience:
        return Patience(self.hedge_ms / 1000, self.deadline_ms / 1000, self.health_seconds, self.queue)


def read_config(path: Path) -> ClusterConfig:
    """Read a file. UsageError, which names what is wrong but repeats no value: an address may hold a password."""
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", "Name a YAML file (docs/cluster.md).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not YAML.", "See docs/cluster.md for an example.") from error
    try:
        config = ClusterConfig.model_validate(data)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in error.errors())
        raise UsageError(f"{path} is wrong: {wrong}.", "See docs/cluster.md for an example.") from None
    for name in config.collections:
        check_name(name)
    if len(set(config.collections)) < len(config.collections):
        raise UsageError(f"{path} names a collection twice.", "Name each once.")
    return config
