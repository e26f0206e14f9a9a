"""One collection on a single machine, and the same in shards within this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.service.service import Service
from engine.cluster.published.copies import copy_shard, copy_statistics
from engine.cluster.published.publishing import publish
from engine.cluster.searcher import Cluster, ClusterSearcher
from engine.cluster.session import Places, Shards
from engine.cluster.shard import LocalShards
from engine.curation import Curation
from engine.models import LocalModels, load_encoder
from engine.protocols import Reranker
from engine.query.pipeline import Searcher
from engine.recipe import Recipe
from engine.store.backups.depot import Depot
from engine.store.generation import Generation, open_generation
from indexer.curating import curate
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records
from tests.unit.cluster.site import Site
from tests.unit.query.conftest import DOCUMENTS, build

RULES = {
    "synonyms": [{"words": ["bridge", "crossing"]}],
    "pins": [{"query": "the bridge of the city", "documents": ["d090", "d001", "nowhere", "d003"]}],
    "hidden": [{"documents": ["d008", "twin-d011"]}, {"query": "river", "documents": ["d016"]}],
    "boosts": [{"filter": "checked:true", "weight": 0.2}],
    "recency": [{"field": "updated", "half_life_days": 9, "weight": 0.1}],
}


@pytest.fixture(scope="session")
def noted(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    """The home of notes with metadata in three segments: some deleted, some twins of others, some that rules are about."""
    root = tmp_path_factory.mktemp("cluster")
    home = build(root, models)
    twins = [
        {**record, "id": f"twin-{record['id']}", "updated": f"2024-01-{number + 1:02d}"}
        for number, record in enumerate(topical(DOCUMENTS)[::11])
    ]
    ingest([write_records(root / "twins.jsonl", twins)], home=home, collection="c")
    curate(home, "c", Curation.model_validate(RULES))
    return home


@pytest.fixture(scope="session")
def single(noted: Path) -> Iterator[Generation]:
    with open_generation(noted, "c") as opened:
        yield opened


def clustered(home: Path, name: str, shards: int, folder: Path, shell: Generation) -> Cluster:
    """The collection published in so many shards, each copied to a folder of its own."""
    depot = Depot(str(folder / "shared"))
    made = publish(home, name, depot.address, shards=shards).publication
    parts = [copy_shard(depot, made, shard, folder / str(shard)) for shard in range(shards)]
    known = copy_statistics(depot, made, folder / "router", Generation.of(shell, made.manifest))
    return Cluster(known, Places(made), LocalShards(parts))


@pytest.fixture(scope="session", params=[1, 3])
def cluster(
    request: pytest.FixtureRequest, noted: Path, single: Generation, tmp_path_factory: pytest.TempPathFactory
) -> Cluster:
    return clustered(noted, "c", request.param, tmp_path_factory.mktemp("shards"), single)


Both = Callable[..., tuple[Searcher, Searcher]]


@pytest.fixture
def both(cluster: Cluster, single: Generation, models: Models) -> Both:
    """The single machine's searcher and the cluster's, with the same models and recipe."""

    def make(
        reranker: Reranker | None = None, shards: Shards | None = None, **changes: object
    ) -> tuple[Searcher, Searcher]:
        encoder, recipe = load_encoder(models.encoder), Recipe().with_(**changes)
        served = cluster if shards is None else Cluster(cluster.known, cluster.places, shards)
        return Searcher(single, encoder, reranker, recipe), ClusterSearcher(served, encoder, reranker, recipe)

    return make


@pytest.fixture
def site(tmp_path: Path, models: Models) -> Iterator[Site]:
    made = Site(tmp_path, models)
    yield made
    made.serving.close()


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    with Service(site.front, LocalModels(), opener=site.open) as made:
        yield made
