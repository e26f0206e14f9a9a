"""A BEIR folder in a zip file, as BEIR itself publishes them."""

from __future__ import annotations

import zipfile
from pathlib import Path

from engine.errors import ParseFailed, SourceNotFound
from engine.fingerprint import digest_file
from indexer.evaluation.datasets.layout import is_dataset


def unpack(archive: Path, cache: Path) -> Path:
    """The data set's folder, unpacked below `cache` once per content. ParseFailed for a bad archive."""
    target = cache / f"{archive.stem}-{digest_file(archive)[:12]}"
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.part")
        try:
            with zipfile.ZipFile(archive) as stream:
                stream.extractall(unfinished)  # drops absolute paths and ".." itself
        except (zipfile.BadZipFile, EOFError) as error:
            raise ParseFailed(f"{archive} is not a readable zip file: {error}.", "Get the file again.") from error
        unfinished.replace(target)
    for folder in (target, *sorted(path for path in target.iterdir() if path.is_dir())):
        if is_dataset(folder):
            return folder
    raise SourceNotFound(
        f"{archive} holds no corpus, at its top or one folder below.", "Give a zip file of a BEIR folder."
    )
