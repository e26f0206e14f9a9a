"""Discovery: each file accounted for, once, in order; identifiers and content hashes."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ParseFailed, SourceNotFound
from indexer.parsers.markdown import MarkdownParser
from indexer.parsers.markdown.codespans import CodeSpans
from indexer.sources.source import Failed, Skipped, Source, discover
from tests.support.shared_data import shared, unpacked


def write(path: Path, content: str | bytes = "Some text.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def lines(*records: Mapping[str, object]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def names(items: Any, root: Path) -> list[tuple[str, str]]:
    """(kind, path below `root`) of each item."""
    return [
        (type(item).__name__, os.path.relpath(item.id if isinstance(item, Source) else item.path, root))
        for item in items
    ]


def skipped(root: Path) -> list[Skipped]:
    return [item for item in discover([root]) if isinstance(item, Skipped)]


def test_every_file_is_accounted_for_in_order(tmp_path: Path) -> None:
    for name in ("b/z.TXT", "a.md", "b/a.html", "b.txt", "LICENSE", ".hidden.md", ".git/x.md", "b/CVS/x.md"):
        write(tmp_path / name)
    (tmp_path / "c.xyz").write_bytes(b"\0\1\2")
    assert names(discover([tmp_path]), tmp_path) == [
        ("Skipped", ".git"),
        ("Skipped", ".hidden.md"),
        ("Source", "LICENSE"),
        ("Source", "a.md"),
        ("Skipped", "b/CVS"),
        ("Source", "b/a.html"),
        ("Source", "b/z.TXT"),
        ("Source", "b.txt"),
        ("Skipped", "c.xyz"),
    ]
    left_out = [(item.path.removeprefix(f"{tmp_path}/"), item.reason) for item in skipped(tmp_path)]
    assert left_out == [
        (".git/", "hidden"),
        (".hidden.md", "hidden"),
        ("b/CVS/", "hidden"),
        ("c.xyz", "no parser"),
    ]


def test_a_file_is_named_by_its_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "sub" / "a.txt")
    monkeypatch.chdir(tmp_path / "sub")
    (item,) = discover([Path("../sub/a.txt")])
    assert item.id == item.uri == (tmp_path / "sub" / "a.txt").as_posix()
    assert item.parse().text == "Some text."


def test_a_missing_path_is_told_before_anything_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    with pytest.raises(SourceNotFound, match=r"nowhere\.txt"):
        discover([tmp_path / "a.txt", tmp_path / "nowhere.txt"])


def test_an_empty_folder_has_no_items(tmp_path: Path) -> None:
    assert list(discover([tmp_path])) == []


def test_what_is_named_twice_is_read_once_and_in_its_own_turn(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    write(tmp_path / "b.txt")
    write(tmp_path / "sub" / "c.txt")
    found = names(discover([tmp_path / "b.txt", tmp_path, tmp_path / "sub", tmp_path / "b.txt"]), tmp_path)
    assert found == [("Source", "b.txt"), ("Source", "a.txt"), ("Source", "sub/c.txt")]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    write(tmp_path / "a" / "x.txt")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    assert names(discover([tmp_path]), tmp_path) == [
        ("Skipped", "a/up"),
        ("Source", "a/x.txt"),
        ("Failed", "gone.txt"),
        ("Failed", "loop.txt"),
    ]
    (again,) = skipped(tmp_path)
    assert "a link to it" in again.reason


def test_a_pipe_is_not_waited_for_and_has_failed_if_it_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert names(discover([tmp_path]), tmp_path) == [("Skipped", "pipe.txt")]
    (failed,) = discover([tmp_path / "pipe.txt"])
    assert isinstance(failed, Failed) and "winnow ingest -" in failed.remedy


def test_a_path_that_is_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(25):
        Path("d" * 200).mkdir()
        monkeypatch.chdir("d" * 200)
    (failed,) = discover([tmp_path])
    assert isinstance(failed, Failed) and "too long" in failed.reason and "Shorten" in failed.remedy


def test_a_name_that_is_not_utf8_is_reported(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text("x")
    except OSError:
        pytest.skip("the file system takes UTF-8 names only")
    (item,) = discover([tmp_path])
    assert isinstance(item, Failed)
    assert "\\xff.txt" in item.path


def test_an_unreadable_file_or_folder_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.txt")
    write(tmp_path / "b.txt")
    write(tmp_path / "c" / "x.txt")
    (read, scan) = (Path.read_bytes, os.scandir)

    def denied(path: Path) -> None:
        if path.name in ("a.txt", "c"):
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", lambda self: denied(self) or read(self))
    monkeypatch.setattr(os, "scandir", lambda path: denied(path) or scan(path))
    items = list(discover([tmp_path]))
    assert names(items, tmp_path) == [("Failed", "a.txt"), ("Source", "b.txt"), ("Failed", "c")]
    assert "Permission denied" in items[0].reason


def test_discovery_is_lazy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        write(tmp_path / f"{name}.txt")
    opened = []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: opened.append(self.name) or read(self))
    items = discover([tmp_path])
    assert opened == []
    next(items)
    assert opened == ["a.txt"]


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_beir_folder_is_its_corpus(tmp_path: Path, suffix: str) -> None:
    corpus = lines({"_id": "4983", "title": "T", "text": "Body."}, {"_id": "x y", "text": "", "url": "http://a/b"})
    write(tmp_path / f"corpus.jsonl{suffix}", gzip.compress(corpus.encode()) if suffix else corpus)
    write(tmp_path / "queries.jsonl", lines({"_id": "q", "text": "a question"}))
    write(tmp_path / "qrels" / "test.tsv", "q\t4983\t1\n")
    write(tmp_path / "README.md")
    items = list(discover([tmp_path]))
    sources = [item for item in items if isinstance(item, Source)]
    assert [(s.id, s.uri) for s in sources] == [
        ("4983", f"{tmp_path}/corpus.jsonl{suffix}#4983"),
        ("x y", "http://a/b"),
    ]
    assert sources[0].parse().title == "T"
    left_out = {item.path.rstrip("/").rsplit("/", 1)[-1] for item in items if isinstance(item, Skipped)}
    assert left_out == {"queries.jsonl", "qrels", "README.md"}


def test_records_without_identifier_are_named_by_line_and_bad_ones_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "some.jsonl", lines({"text": "one"}) + "{bad\n" + lines({"text": "three"}, {"note": None}))
    items = list(discover([path]))
    assert [getattr(item, "id", None) or item.path for item in items] == [f"{path}#{n}" for n in (1, 2, 3, 4)]
    assert isinstance(items[1], Failed)
    with pytest.raises(ParseFailed, match="Line 4"):
        items[3].parse()


def test_a_damaged_gzip_gives_what_can_be_read_and_a_failure(tmp_path: Path) -> None:
    whole = gzip.compress(lines(*({"_id": str(n), "text": os.urandom(30).hex()} for n in range(2000))).encode())
    path = write(tmp_path / "x.jsonl.gz", whole[: len(whole) // 2])
    items = list(discover([path, write(tmp_path / "y.jsonl.gz", b"no gzip at all")]))
    failures = [item for item in items if not isinstance(item, Source)]
    assert [Path(item.path).name for item in failures if "#" not in item.path] == ["x.jsonl.gz", "y.jsonl.gz"]
    assert 0 < sum(isinstance(item, Source) for item in items) < 2000


def test_the_hash_follows_content_and_parser_version_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = write(tmp_path / "a.md", "# T"), write(tmp_path / "b.md", "# T")
    c = write(tmp_path / "c.txt", "# T")
    first, same, other_parser = (item.content_hash for item in discover([a, b, c]))
    assert first == same != other_parser
    assert len(first) == 64
    write(a, "# T ")
    assert next(discover([a])).content_hash != first
    monkeypatch.setattr(MarkdownParser, "version", "next")
    assert next(discover([b])).content_hash != first


def test_the_hash_of_a_record_ignores_the_order_of_its_fields(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl", '{"id": 1, "text": "x"}\n{"text":"x","id":1}\n{"text":"y","id":1}\n{"text":"\\ud800"}'
    )
    one, two, three, _ = (item.content_hash for item in discover([path]))
    assert one == two != three


def test_sources_can_be_sent_to_another_process(tmp_path: Path) -> None:
    items = list(discover([write(tmp_path / "a.md", "# T"), write(tmp_path / "b.jsonl", lines({"text": "x"}))]))
    assert [pickle.loads(pickle.dumps(item)).parse() for item in items] == [item.parse() for item in items]


def test_the_documentation_samples_are_read_in_full(tmp_path: Path) -> None:
    """A tenth of the two documentation trees; all of them in the slow test below."""
    roots = [unpacked("opensearch-docs", tmp_path / "o"), unpacked("vespa-docs", tmp_path / "v")]
    files = [path for root in roots for path in sorted(root.rglob("*")) if path.is_file()]
    assert_all_accounted(files[::10], files[::10])


@pytest.mark.slow
def test_all_of_the_documentation_samples_are_read_in_full(tmp_path: Path) -> None:
    roots = [unpacked("opensearch-docs", tmp_path / "o"), unpacked("vespa-docs", tmp_path / "v")]
    files = [path for root in roots for path in root.rglob("*") if path.is_file()]
    assert len(files) > 1000
    assert_all_accounted(roots, files)


def assert_all_accounted(paths: list[Path], files: list[Path]) -> None:
    items = list(discover(paths))
    assert sorted(getattr(item, "id", None) or item.path for item in items) == sorted(map(str, files))
    for item in items:
        if isinstance(item, Source):
            parsed = item.parse()
            assert parsed.title
            assert len(parsed.text) > 40
            for markup in ("{% include", "{{site.", "nav_order:", "redirect_from:"):
                assert parsed.text.count(markup) <= in_code(Path(item.id), markup), item.id
        else:
            assert Path(item.path).name == "LICENSE"


def in_code(path: Path, text: str) -> int:
    """How often a file has a text as code, where it is kept as written."""
    source = path.read_text("utf-8")
    if path.suffix != ".md":
        return sum(block.count(text) for block in re.findall(r"\{% highlight.*?endhighlight", source, re.DOTALL))
    code = CodeSpans(source)
    return sum(found.start() in code for found in re.finditer(re.escape(text), source))


def test_shared_collections_are_read_in_full() -> None:
    expected = {"scifact": 5183, "cranfield": 1400, "cisi": 1460}
    for name, count in expected.items():
        items = list(discover([shared("data", name)]))
        assert sum(isinstance(item, Source) for item in items) == count
        assert not any(isinstance(item, Failed) for item in items)
