"""`winnow.toml`: the collections that belong to a folder, checked in beside its documents.

[collections.handbook]
roots = ["docs", "~/letters"]      # folders, files or URLs; relative ones begin at this file
preset = "multilingual"            # of a new collection
include = ["*.md"]                 # as in .gitignore
exclude = ["drafts/"]
ocr = true                         # also read text in pictures
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from engine.config_file import wrong_keys
from engine.errors import SourceNotFound, UsageError
from engine.models.checkpoints.presets import PRESETS
from engine.store.layout import check_name
from indexer.folders.selection import Selection, place_of

FILE = "winnow.toml"
LARGEST = 2**20  # bytes

Text = Annotated[str, Field(min_length=1, max_length=4096)]


def _known_preset(name: str | None) -> str | None:
    if name is not None and name not in PRESETS:
        raise ValueError(f"there is no preset {name!r}; known: {', '.join(PRESETS)}")
    return name


class Wanted(BaseModel):
    """One collection as the file says it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    roots: list[Text] = Field(min_length=1)
    preset: Annotated[str | None, AfterValidator(_known_preset)] = None
    include: list[Text] = []
    exclude: list[Text] = []
    ocr: bool = False

    def selection(self, folder: Path) -> Selection:
        """The selection to be read; `folder` is that of the file. Files of the name FILE are no documents."""
        return Selection(self.places(folder), tuple(self.include), (*self.exclude, FILE), ocr=self.ocr)

    def places(self, folder: Path) -> tuple[Path | str, ...]:
        """Where the roots are: absolute paths and URLs."""
        named = map(place_of, self.roots)
        return tuple(place if isinstance(place, str) else folder / place.expanduser() for place in named)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    collections: dict[str, Wanted] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Project:
    """A file that was read: its path, its bytes, the collections by name."""

    path: Path
    content: bytes
    collections: Mapping[str, Wanted]

    def of(self, names: Sequence[str]) -> dict[str, Wanted]:
        """The collections of these names, all if there is none. UsageError for one that the file does not have."""
        if unknown := sorted(set(names) - set(self.collections)):
            raise UsageError(
                f"{self.path} has no collection {unknown[0]!r}.", f"It has: {', '.join(self.collections)}."
            )
        return {name: self.collections[name] for name in names or self.collections}

    def summary(self) -> list[str]:
        """A line for each collection: what is read into it."""
        return [
            f"{name}: {', '.join(map(str, wanted.places(self.path.parent)))}"
            for name, wanted in self.collections.items()
        ]


def find(start: Path) -> Path:
    """The file in a folder, or in the nearest one above it. SourceNotFound."""
    for folder in (start.absolute(), *start.absolute().parents):
        if (folder / FILE).is_file():
            return folder / FILE
    raise SourceNotFound(f"There is no {FILE} in {start.absolute()} or above it.", "Make one with `winnow init`.")


def read(path: Path) -> Project:
    """Read a file. UsageError, which names each setting that is wrong; SourceNotFound."""
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise SourceNotFound(f"There is no file {path}.", "Make one with `winnow init`.") from None
    if len(content) > LARGEST:
        raise UsageError(f"{path} has more than {LARGEST:,} bytes.", "Is it the right file?")
    try:
        found = _File.model_validate(tomllib.loads(content.decode("utf-8")))
        for name in found.collections:
            check_name(name)
    except ValidationError as error:
        raise UsageError(f"{path} is wrong: {wrong_keys(error)}.", "docs/commands.md says what it may hold.") from None
    except (ValueError, RecursionError) as error:  # no UTF-8, no TOML
        raise UsageError(f"{path} is not valid TOML: {error}.", "Fix the file.") from None
    return Project(path.resolve(), content, found.collections)


def written(name: str, wanted: Wanted) -> str:
    """The text of a file with one collection."""
    values: dict[str, Any] = {"roots": wanted.roots, "preset": wanted.preset}
    values |= {"include": wanted.include, "exclude": wanted.exclude}
    lines = [f"{key} = {_as_toml(value)}" for key, value in values.items() if value]
    return "\n".join([f"# Read by `winnow update`.\n\n[collections.{name}]", *lines, ""])


def _as_toml(value: Any) -> str:
    """Texts and lists of them: TOML writes them as JSON does, but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
