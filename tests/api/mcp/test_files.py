"""What an agent may read, and what not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from api.errors import Forbidden
from api.mcp import files as module
from api.mcp.files import AllowedFiles
from engine.errors import SourceNotFound, UsageError
from tests.support.documents import write_folder


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    """A folder with links that lead out of it, in a circle, and to a file inside."""
    folder = write_folder(tmp_path / "allowed", {"a.md": "# River", "deep/b.txt": "A bridge."})
    write_folder(tmp_path, {"secret/key.txt": "The secret.", "allowed-too/key.txt": "The secret."})
    for name, target in (("out", "../secret"), ("key.txt", "../secret/key.txt"), ("in.txt", "deep/b.txt")):
        (folder / name).symlink_to(target)
    (folder / "circle").symlink_to("circle")
    return folder


def test_files_below_the_roots(allowed: Path, tmp_path: Path) -> None:
    files = AllowedFiles([tmp_path / "secret", allowed])
    for path in ("a.md", str(allowed / "a.md"), "deep/../a.md", f"{allowed}/../allowed/a.md"):
        assert files.read(path).data == b"# River" and files.read(path).name == "a.md"
    assert files.read("in.txt").data == b"A bridge."
    assert files.read("key.txt").data == b"The secret."  # of the first root that has it


@pytest.mark.parametrize(
    "path",
    ["../secret/key.txt", "out/key.txt", "key.txt", "/etc/passwd", "../nothing", "~/x", "../allowed-too/key.txt"],
)
def test_nothing_else(allowed: Path, path: str) -> None:
    with pytest.raises((Forbidden, SourceNotFound)) as caught:
        AllowedFiles([allowed]).read(path)
    assert isinstance(caught.value, Forbidden) or path == "~/x"


@pytest.mark.parametrize("path", ["nothing.txt", "deep", "", ".", "circle", "a\0b", "a" * 5000])
def test_what_is_no_file(allowed: Path, path: str) -> None:
    with pytest.raises((SourceNotFound, Forbidden)):
        AllowedFiles([allowed]).read(path)


def test_roots_are_folders(allowed: Path) -> None:
    assert not AllowedFiles([])
    with pytest.raises(UsageError):
        AllowedFiles([allowed / "a.md"])


def test_a_file_that_becomes_a_link_while_it_is_read(
    allowed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = module._read

    def swapped(root: Path, file: Path) -> object:
        swap()
        return read(root, file)

    monkeypatch.setattr(module, "_read", swapped)

    def swap() -> None:
        (allowed / "a.md").unlink(missing_ok=True)
        (allowed / "a.md").symlink_to(tmp_path / "secret/key.txt")

    with pytest.raises(SourceNotFound):
        AllowedFiles([allowed]).read("a.md")

    def swap_folder() -> None:
        (allowed / "deep").rename(tmp_path / "moved")
        (allowed / "deep").symlink_to(tmp_path / "secret")
        (tmp_path / "secret/b.txt").write_text("The secret.")

    swap = swap_folder  # noqa: F811 - what `swapped` calls
    with pytest.raises(SourceNotFound):
        AllowedFiles([allowed]).read("deep/b.txt")


def test_pipes_and_large_files(allowed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(allowed / "pipe.txt")
    (allowed / "to-pipe.txt").symlink_to("pipe.txt")
    for path in ("pipe.txt", "to-pipe.txt"):
        with pytest.raises(SourceNotFound):
            AllowedFiles([allowed]).read(path)
    (allowed / "sparse.txt").touch()
    os.truncate(allowed / "sparse.txt", 10**12)
    with pytest.raises(UsageError):
        AllowedFiles([allowed]).read("sparse.txt")
