"""The manifest of a generation: what it is made of. Immutable, one file each, never overwritten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, get_args

from engine.curation import Curation, no_rules
from engine.errors import StoreDamaged
from engine.fingerprint import IndexFingerprint, QueryFingerprint
from engine.probability.calibration import Calibration
from engine.recipe import Recipe
from engine.store import FORMAT, names
from engine.store.files import write_durably
from engine.store.layout import CollectionLayout
from engine.store.roots import Roots
from engine.store.sealed import read_sealed, seal
from engine.types import MetadataType

_TYPES: tuple[str, ...] = get_args(MetadataType)


@dataclass(frozen=True, slots=True)
class CollectionConfig:
    """Configuration that a collection is created with. `models` names the encoder and the reranker (None: no
    reranking).
    """

    models: Mapping[str, str | None]
    query_fingerprint: QueryFingerprint
    index_fingerprint: IndexFingerprint
    recipe: Recipe = field(default_factory=Recipe)
    roots: Roots = field(default_factory=Roots)


@dataclass(frozen=True, slots=True)
class LivingTotals:
    """Totals of what is alive in one segment: counts, and lengths in analysed tokens."""

    chunks: int = 0
    documents: int = 0
    title_length: int = 0
    body_length: int = 0

    def __add__(self, other: LivingTotals) -> LivingTotals:
        return LivingTotals(
            self.chunks + other.chunks,
            self.documents + other.documents,
            self.title_length + other.title_length,
            self.body_length + other.body_length,
        )

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> LivingTotals:
        return LivingTotals(**names.mapping(data, "totals", _count))


@dataclass(frozen=True, slots=True)
class TombstoneEntry:
    """A tombstone file of this generation and its SHA-256."""

    name: str
    sha256: str

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> TombstoneEntry:
        name, sha256 = data["name"], data["sha256"]
        return TombstoneEntry(
            names.check(names.TOMBSTONES, name, "tombstones"), names.check(names.SHA256, sha256, "a checksum")
        )


@dataclass(frozen=True, slots=True)
class VectorsEntry:
    """Vectors that came after their segment: a directory beside the segments, and the SHA-256 of its vectors.json."""

    name: str
    sha256: str

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> VectorsEntry:
        name, sha256 = data["name"], data["sha256"]
        return VectorsEntry(
            names.check(names.VECTOR_SET, name, "a set of vectors"), names.check(names.SHA256, sha256, "a checksum")
        )


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """One segment as a generation sees it. `chunks` and `documents` count all rows, `living` those alive.

    `embedded` says whether it has vectors: those named by `vectors`, or where that is None those in its own directory.

    `checksum` is the SHA-256 of segment.json, which holds those of all other files. `languages` counts living chunks.
    """

    id: str
    chunks: int
    documents: int
    checksum: str
    living: LivingTotals
    languages: Mapping[str, int]
    tombstones: TombstoneEntry | None = None
    embedded: bool = True
    vectors: VectorsEntry | None = None

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> SegmentEntry:
        """Read it from JSON. StoreDamaged, KeyError or TypeError if it is none; so do those below."""
        tombstones, vectors = data["tombstones"], data.get("vectors")
        return SegmentEntry(
            id=names.check(names.SEGMENT, data["id"], "a segment"),
            chunks=names.whole_number(data["chunks"], "a number of chunks"),
            documents=names.whole_number(data["documents"], "a number of documents"),
            checksum=names.check(names.SHA256, data["checksum"], "a checksum"),
            living=LivingTotals.from_json(data["living"]),
            languages=names.mapping(data["languages"], "counts of languages", _count),
            tombstones=None if tombstones is None else TombstoneEntry.from_json(tombstones),
            embedded=bool(data.get("embedded", True)),  # older manifests know of no other
            vectors=None if vectors is None else VectorsEntry.from_json(vectors),
        )


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Another model's vectors, in the making beside the present ones: by segment id those that are whole. `runtimes`
    are as in `IndexFingerprint`.
    """

    encoder: str
    query_fingerprint: QueryFingerprint
    vectors: Mapping[str, VectorsEntry]
    runtimes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "encoder": self.encoder,
            "query_fingerprint": self.query_fingerprint.to_json(),
            "vectors": {segment: asdict(entry) for segment, entry in self.vectors.items()},
            "runtimes": list(self.runtimes),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Upcoming:
        vectors = names.mapping(data["vectors"], "sets of vectors", VectorsEntry.from_json)
        for segment in vectors:
            names.check(names.SEGMENT, segment, "a segment")
        encoder = names.text(data["encoder"], "the name of a model")
        runtimes = tuple(map(str, data.get("runtimes", ())))  # older manifests lack them
        return Upcoming(encoder, _query_fingerprint(data["query_fingerprint"]), vectors, runtimes)


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything a reader needs to know of a generation before it opens a file. `created_at` is ISO 8601, UTC.

    `evidence` is JSON: why `recipe` was chosen. It and `calibration` are None where nobody has tuned the collection.
    `certificate` is JSON too: what the codes lose, by `winnow certify`; None where nobody has measured it.
    `roots` are the folders that documents came from, `curation` what people decided about the hits.
    """

    collection: str
    uuid: str
    generation: int
    created_at: str
    models: Mapping[str, str | None]
    query_fingerprint: QueryFingerprint
    index_fingerprint: IndexFingerprint
    recipe: Recipe
    metadata_schema: Mapping[str, MetadataType]
    segments: tuple[SegmentEntry, ...]
    evidence: Mapping[str, Any] | None = None
    calibration: Calibration | None = None
    upcoming: Upcoming | None = None
    certificate: Mapping[str, Any] | None = None
    roots: Roots = field(default_factory=Roots)
    curation: Curation = field(default_factory=no_rules)
    format: int = FORMAT

    @property
    def living(self) -> LivingTotals:
        """Totals over all segments."""
        return sum((entry.living for entry in self.segments), LivingTotals())

    @property
    def languages(self) -> Counter[str]:
        """Living chunks by language."""
        totals: Counter[str] = Counter()
        for entry in self.segments:
            totals.update(entry.languages)
        return totals

    @property
    def vector_sets(self) -> set[str]:
        """Names of all vector sets that belong to this generation, upcoming ones included."""
        upcoming = () if self.upcoming is None else self.upcoming.vectors.values()
        return {entry.vectors.name for entry in self.segments if entry.vectors} | {entry.name for entry in upcoming}

    @property
    def dense_coverage(self) -> float:
        """The share of the living chunks that have vectors; 1 where there is no chunk."""
        chunks = self.living.chunks
        return sum(e.living.chunks for e in self.segments if e.embedded) / chunks if chunks else 1.0

    def to_json(self) -> dict[str, Any]:
        return {
            "collection": self.collection,
            "uuid": self.uuid,
            "generation": self.generation,
            "created_at": self.created_at,
            "models": dict(self.models),
            "query_fingerprint": self.query_fingerprint.to_json(),
            "index_fingerprint": self.index_fingerprint.to_json(),
            "recipe": self.recipe.to_json(),
            "metadata_schema": dict(self.metadata_schema),
            "segments": [{**asdict(entry), "languages": dict(entry.languages)} for entry in self.segments],
            "evidence": self.evidence,
            "calibration": None if self.calibration is None else self.calibration.to_json(),
            "upcoming": None if self.upcoming is None else self.upcoming.to_json(),
            "certificate": self.certificate,
            "roots": self.roots.to_json(),
            "curation": self.curation.to_json(),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Manifest:
        calibration, upcoming = data.get("calibration"), data.get("upcoming")  # older manifests lack them
        return Manifest(
            collection=names.check(names.COLLECTION, data["collection"], "a collection"),
            uuid=names.check(names.UUID, data["uuid"], "a collection's directory"),
            generation=names.generation_number(data["generation"]),
            created_at=names.text(data["created_at"], "a time"),
            models=names.mapping(data["models"], "names of models", _model),
            query_fingerprint=_query_fingerprint(data["query_fingerprint"]),
            index_fingerprint=IndexFingerprint.from_json(data["index_fingerprint"]),
            recipe=_recipe(data["recipe"]),
            metadata_schema=names.mapping(data["metadata_schema"], "a schema of metadata", _type),
            segments=_segments(data["segments"]),
            evidence=data.get("evidence"),
            calibration=None if calibration is None else Calibration.from_json(calibration),
            upcoming=None if upcoming is None else Upcoming.from_json(upcoming),
            certificate=data.get("certificate"),
            roots=Roots.from_json(data.get("roots", ())),
            curation=Curation.from_json(data.get("curation", {})),
        )


def _segments(data: object) -> tuple[SegmentEntry, ...]:
    """A segment may be there once only."""
    if not isinstance(data, list):
        raise StoreDamaged(f"A {type(data).__name__} is not a list of segments.", names.REMEDY)
    segments = tuple(SegmentEntry.from_json(entry) for entry in data)
    if len({entry.id for entry in segments}) < len(segments):
        raise StoreDamaged("A segment is named twice.", names.REMEDY)
    return segments


def _count(value: object) -> int:
    return names.whole_number(value, "a count")


def _model(value: object) -> str | None:
    return None if value is None else names.text(value, "the name of a model")


def _type(value: object) -> str:
    if value not in _TYPES:
        raise StoreDamaged(f"{value!r} is not a type of metadata.", names.REMEDY)
    return str(value)


def _recipe(data: Mapping[str, Any]) -> Recipe:
    made = Recipe.from_json(data)
    for knob in fields(Recipe):
        value, kind = getattr(made, knob.name), type(knob.default)
        if not isinstance(value, (int, float) if kind is float else kind):
            raise StoreDamaged(f"{knob.name} of the recipe is {value!r}.", names.REMEDY)
    return made


def _query_fingerprint(data: Mapping[str, Any]) -> QueryFingerprint:
    made = QueryFingerprint.from_json(data)
    names.whole_number(made.dimension, "a dimension", 1, 2**16)
    names.whole_number(made.max_tokens, "a number of tokens", 0)
    names.mapping(made.prompts, "prompts", lambda prompt: names.text(prompt, "a prompt"))
    names.text(made.probes, "probe vectors")
    return made


def read_manifest(layout: CollectionLayout, generation: int, *, copy: bool = False) -> Manifest:
    """A generation's manifest, or its copy. StoreDamaged if missing, altered, or another's; FormatTooNew."""
    path = layout.manifest_copy(generation) if copy else layout.manifest(generation)
    data = read_sealed(path)
    with names.typed(path, "a manifest"):
        manifest = Manifest.from_json(data)
    if (manifest.uuid, manifest.generation) != (layout.uuid, generation):
        raise StoreDamaged(f"{path} belongs to generation {manifest.generation} of {manifest.uuid}.", "Move it back.")
    return manifest


def write_manifest(layout: CollectionLayout, manifest: Manifest) -> None:
    """Make a manifest and a copy of it durable: it is the one file that nothing else could be rebuilt to.

    The caller holds the writer's lock.
    """
    data = seal(manifest.to_json())
    write_durably(layout.manifest_copy(manifest.generation), data)
    write_durably(layout.manifest(manifest.generation), data)
