"""A training recipe: one YAML file that says all that decides the model. Recipes that we ship lie in `recipes/`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from engine.config_file import reason
from engine.errors import InvalidRecipe, UsageError
from engine.models.checkpoints.presets import BUNDLED
from engine.recipe import Recipe as SearchRecipe

Kind = Literal["reranker", "encoder", "static"]
SourceKind = Literal[
    "abstracts",
    "beir",
    "classes",
    "labelled",
    "pair-classes",
    "pairs",
    "parallel",
    "questions",
    "sections",
    "squad",
    "titles",
    "triples",
]
WITHOUT_QUERIES = ("classes", "pair-classes", "parallel")
Batches = Literal["random", "no-duplicates", "group-by-label"]
CROSS_ENTROPY = "cross-entropy"  # the loss whose model has a label for each class
LATE_INTERACTION = "late-interaction"  # the loss whose model compares token by token


def _expanded(value: Any) -> Any:
    """A path with `~` and `$VARIABLES` replaced, so that a recipe holds no machine's paths. ValueError if unset."""
    path = os.path.expandvars(str(value))
    if "$" in path:
        raise ValueError(f"names a variable that is not set: {path}")
    return Path(path).expanduser()


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(_Strict):
    """A source of training data; `indexer/training/sources` has one reader for each kind."""

    kind: SourceKind
    path: Annotated[Path, BeforeValidator(_expanded)]
    licence: str = Field(min_length=1)  # as its owner states it: it is copied into the model's card
    name: str = ""
    split: str = "train"  # beir: qrels/SPLIT.tsv
    held_out: int = Field(
        default=0, ge=0
    )  # queries kept back for development: drawn by the recipe's seed, never trained on
    only_held_out: bool = False  # for `evaluation`: those queries alone
    weight: float = Field(default=1.0, gt=0)  # 0.5: half of its examples, 2: each of them twice
    margin: float | None = Field(default=None, gt=0)  # instead of the one in `negatives`
    texts: Literal["all", "queries", "passages"] = "all"  # of those that a student learns to embed as its teacher does
    passage_words: int = Field(default=170, ge=20)  # longer texts are split (sections, squad)
    questions: tuple[Annotated[Path, BeforeValidator(_expanded)], ...] = ()  # questions: files of them
    judged: Annotated[Path | None, BeforeValidator(_expanded)] = None  # questions: a file of judged lists

    @property
    def label(self) -> str:
        return self.name or self.path.name.partition(".")[0]

    @model_validator(mode="after")
    def _questions_with_documents(self) -> Data:
        if bool(self.questions) != (self.kind == "questions"):
            raise ValueError("a source of kind questions needs `questions`, files of them, and no other has such")
        if self.judged and not self.questions:
            raise ValueError("judged lists belong to a source of kind questions")
        return self

    @model_validator(mode="after")
    def _without_queries(self) -> Data:
        if self.kind in WITHOUT_QUERIES and (self.held_out or self.only_held_out or self.weight != 1.0):
            raise ValueError(
                f"a source of {self.kind} has no queries: held_out, only_held_out and weight do not belong to it"
            )
        return self


class Negatives(_Strict):
    """Hard negatives are mined with Winnow's own hybrid retrieval over the source's passages.

    Of the ranks `first_rank` to `last_rank`, those are likely false negatives whose embedding score exceeds `margin`
    times the positive's.
    """

    encoder: str = BUNDLED
    hard: int = Field(default=4, ge=0)
    random: int = Field(default=1, ge=0)
    first_rank: int = Field(default=2, ge=1)
    last_rank: int = Field(default=61, ge=1)
    margin: float = Field(default=0.95, gt=0)


class Loss(_Strict):
    """`auto` chooses by the shape of the data; `options` go to the loss; `matryoshka` are shorter dimensions, and with
    `adaptive_layers` an encoder also learns to do with fewer layers. `teacher` is the encoder whose embeddings are
    learnt by the losses that take some, by default the base as it is before the training. `shape` is the shape of the
    data that a loss of your own takes (losses/own.py).
    """

    name: str = "auto"
    options: dict[str, Any] = {}
    matryoshka: tuple[int, ...] = ()
    adaptive_layers: bool = False
    teacher: str | None = None
    shape: str | None = None


class Schedule(_Strict):
    """Either `epochs` or `minutes`: with minutes, the learning rate follows the clock and a slow machine sees less.

    With `by_source` every batch is of one source, so that the passages of its other queries are harder negatives.
    `batches` is how rows come together, by default as the loss wants it: losses that take the other rows of a batch for
    negatives get no text twice, losses over classes get several texts of each. An epoch has as many steps as full
    batches of all rows would make.
    """

    epochs: float | None = Field(default=None, gt=0)
    minutes: float | None = Field(default=None, gt=0)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=2e-5, gt=0)
    head_learning_rate: float | None = Field(default=None, gt=0)  # of what is not the transformer
    warmup: float = Field(default=0.06, ge=0, lt=1)
    bf16: bool = True
    by_source: bool = False
    batches: Batches | None = None
    max_length: int | None = Field(default=None, ge=8)
    frozen: int | None = Field(default=None, ge=0)  # rerankers: the embeddings and so many layers stay as they are
    save_steps: int = Field(default=200, ge=1)
    callbacks: tuple[str, ...] = ()  # of your own, by import path (losses/own.py)

    @model_validator(mode="after")
    def _one_end(self) -> Schedule:
        if (self.epochs is None) == (self.minutes is None):
            raise ValueError("give either epochs or minutes")
        return self


class Evaluation(_Strict):
    """nDCG@10 on development sets every `steps` steps; the best checkpoint is the one that is packaged."""

    sets: tuple[Data, ...] = ()
    steps: int = Field(default=200, ge=1)
    queries: int = Field(default=100, ge=1)
    depth: int = Field(default=50, ge=10)  # rerankers: candidates of a query
    policy: str = "blend"
    policy_weight: float = 0.5

    @model_validator(mode="after")
    def _sets_with_queries(self) -> Evaluation:
        without = next((data.kind for data in self.sets if data.kind in WITHOUT_QUERIES), None)
        if without is not None:
            raise ValueError(f"a source of {without} has no queries to evaluate with")
        return self


class Projection(_Strict):
    """Encoders: a rotation after pooling, fitted so that the signs keep as much of the embeddings as they can."""

    dimension: int = Field(default=384, ge=8)  # at least the encoder's: more dimensions are more bits


class Regression(_Strict):
    """Static encoders: the token table is regressed on the teacher's embeddings before the contrastive training."""

    teacher: str = BUNDLED
    dimension: int = Field(default=256, ge=8)
    ridge: float = Field(default=1.0, gt=0)  # pull towards the tokens sent alone
    prior: float = Field(default=0.0, ge=0)  # how much of the tokens sent alone is added to what was learnt
    sentences: int = Field(default=20_000, ge=0)  # drawn from the passages, beside the passages and queries themselves
    words: int = Field(default=0, ge=0)  # texts of a few random words of the teacher's vocabulary
    max_length: int = Field(default=256, ge=8)  # tokens of a text that the teacher reads


class Recipe(_Strict):
    """See the class of each part."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    kind: Kind
    base: str = BUNDLED
    base_is: Literal["encoder", "reranker"] = "encoder"  # rerankers: which of the models of that name
    layers: int | None = Field(default=None, ge=1)  # rerankers: only the first layers of the base
    data: tuple[Data, ...] = Field(min_length=1)
    negatives: Negatives | None = None
    loss: Loss = Loss()
    schedule: Schedule | None = None
    evaluation: Evaluation = Evaluation()
    projection: Projection | None = None
    regression: Regression | None = None
    serving: dict[str, Any] = {}  # encoders: the recipe of a collection that is made with the model (engine/recipe.py)
    seed: int = 13

    @field_validator("serving")
    @classmethod
    def _a_search_recipe(cls, serving: dict[str, Any]) -> dict[str, Any]:
        try:
            SearchRecipe().with_settings([f"{name}={value}" for name, value in serving.items()])
        except UsageError as error:
            raise ValueError(error.message) from error
        return serving

    @model_validator(mode="after")
    def _parts_of_the_kind(self) -> Recipe:
        for part, kind in (("projection", "encoder"), ("regression", "static"), ("layers", "reranker")):
            if getattr(self, part) is not None and self.kind != kind:
                raise ValueError(f"{part} belongs to recipes of kind {kind}")
        if self.serving and self.kind == "reranker":
            raise ValueError("serving belongs to recipes of encoders")
        if self.kind == "static" and self.regression is None:
            raise ValueError("a static encoder needs the part regression")
        if self.schedule is None and self.projection is None and self.regression is None:
            raise ValueError("without a schedule there is nothing to train")
        return self


def read_recipe(path: Path, kind: Kind) -> Recipe:
    """The recipe in a file. InvalidRecipe names every key that is wrong."""
    if not path.is_file():
        raise UsageError(f"There is no recipe {path}.", "Give a YAML file; indexer/training/recipes has some.")
    try:
        recipe = Recipe.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except yaml.YAMLError as error:
        raise InvalidRecipe(f"{path} is not YAML: {error}.") from error
    except ValidationError as error:
        wrong = "; ".join(f"{_key(e['loc'])}: {reason(e['msg'])}" for e in error.errors(include_url=False))
        raise InvalidRecipe(f"{path}: {wrong}.", "Correct these keys.") from error
    if recipe.kind != kind:
        raise InvalidRecipe(f"{path}: kind: it is a recipe for: {recipe.kind}.", f"Run `winnow train {recipe.kind}`.")
    return recipe


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the recipe"
