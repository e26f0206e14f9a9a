"""Files of patterns leave out what they leave out for Git, in random folders with several such files."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from indexer.sources.ignoring import ignoring
from indexer.sources.walk import walk

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
NAMES = (
    "a",
    "b",
    "ab",
    "foo",
    "bar",
    "build",
    "x.md",
    "y.md",
    "bar.log",
    "keep.log",
    "a b.md",
    "#h.md",
    "UP.md",
    "[z].md",
)
PARTS = [
    *(
        "*",
        "*",
        "a",
        "ab",
        "foo",
        "build",
        "*.md",
        "*.log",
        "x.md",
        "foo*",
        "?",
        "**",
        "[ab]",
        "[!a]",
        "[a-f]*",
        "*.m?",
    ),
    *("UP.md", "up.md", "\\#h.md", "a\\ b.md", "a b.md", "[[]z].md", "\\[z\\].md", "*b*"),
]


def make_tree(chance: random.Random, folder: Path, depth: int = 0) -> None:
    for name in chance.sample(NAMES, chance.randint(2, 6)):
        if depth < 3 and chance.random() < 0.4:
            (folder / name).mkdir()
            make_tree(chance, folder / name, depth + 1)
        else:
            (folder / name).write_text("x")


def pattern(chance: random.Random) -> str:
    parts = [chance.choice(PARTS) for _ in range(chance.choice((1, 1, 1, 2, 2, 3)))]
    before, behind = chance.choice(("", "", "", "!", "/", "!/")), chance.choice(("", "", "", "/", " "))
    return before + "/".join(parts) + behind


@pytest.mark.parametrize("seed", range(40))
def test_the_same_files_are_left_out(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    make_tree(chance, tmp_path)
    alone = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", "init", "-q", tmp_path], check=True, env=alone)
    folders = [tmp_path, *(path for path in sorted(tmp_path.rglob("*")) if path.is_dir() and ".git" not in path.parts)]
    for folder in chance.sample(folders, min(len(folders), 3)):
        (folder / ".gitignore").write_text("\n".join(pattern(chance) for _ in range(chance.randint(1, 4))))
    listed = ["git", "-C", str(tmp_path), "ls-files", "-z", "--others", "--exclude-standard"]
    others = subprocess.run(listed, check=True, env=alone, capture_output=True, text=True).stdout.split("\0")
    expected = {name for name in others if name and ".gitignore" not in name.split("/")}
    found = walk([tmp_path], ignoring([tmp_path]))
    assert {one.relative_to(tmp_path).as_posix() for one in found if isinstance(one, Path)} == expected
