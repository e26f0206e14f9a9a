"""collections, ls, get, and how every command names a collection and a document."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.conftest import Models, Winnow
from tests.support.documents import topical, write_folder, write_records


@pytest.fixture
def filled(winnow: Winnow, home: Path, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`notes` of six records, `pages` of two files that were ingested by a relative path."""
    records = write_records(tmp_path / "notes.jsonl", topical(6))
    write_folder(tmp_path / "site", {"a.md": "# River\nThe long river.", "sub/b.txt": "A bridge over a river."})
    monkeypatch.chdir(tmp_path)
    options = ["--home", home, "--models", models.option]
    assert winnow("ingest", records, "-c", "notes", *options).code == 0
    assert winnow("ingest", "site", "-c", "pages", *options).code == 0
    return home


def test_collections_are_listed(winnow: Winnow, filled: Path) -> None:
    listed = winnow("collections", "list", "--home", filled)
    assert [line.split()[:3] for line in listed.out.splitlines()] == [
        ["notes", "6", "documents"],
        ["pages", "2", "documents"],
    ]
    found = winnow("collections", "list", "--home", filled, "--json").json
    assert [(one["name"], one["documents"]) for one in found["collections"]] == [("notes", 6), ("pages", 2)]
    empty = winnow("collections", "list", "--home", filled / "none")
    assert (empty.code, empty.out) == (0, "") and "winnow ingest" in empty.err


def test_a_renamed_collection_keeps_everything(winnow: Winnow, filled: Path) -> None:
    before = winnow("stats", "-c", "notes", "--home", filled, "--json").json
    assert winnow("collections", "rename", "notes", "taken", "--home", filled).out == "notes: now taken\n"
    after = winnow("stats", "-c", "taken", "--home", filled, "--json").json
    assert (after["uuid"], after["documents"]) == (before["uuid"], 6)
    assert winnow("stats", "-c", "notes", "--home", filled).code == 2
    assert winnow("verify", "-c", "taken", "--home", filled).code == 0
    assert winnow("search", "river", "-c", "taken", "--home", filled, "--json").json["hits"]
    for path in filled.glob("catalogue*"):  # the manifests know the new name, too
        path.unlink()
    assert "taken" in winnow("repair", "--catalogue", "--home", filled).out


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("notes", "pages", 2, "already"),
        ("nothing", "other", 2, "Known collections: notes, pages"),
        ("notes", "../x", 2, "name"),
        ("notes", "notes", 0, ""),
    ],
)
def test_renaming_that_cannot_be(winnow: Winnow, filled: Path, old: str, new: str, code: int, said: str) -> None:
    done = winnow("collections", "rename", old, new, "--home", filled)
    assert done.code == code and said in done.err
    assert {row["name"] for row in winnow("collections", "list", "--home", filled, "--json").json["collections"]} == {
        "notes",
        "pages",
    }


def test_deleting_a_collection_asks(winnow: Winnow, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = winnow("collections", "delete", "notes", "--home", filled)
    assert refused.code == 2 and "--yes" in refused.err

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal("notse\n"))
    assert winnow("collections", "delete", "notes", "--home", filled).code == 2
    assert winnow("stats", "-c", "notes", "--home", filled, "--json").json["documents"] == 6
    monkeypatch.setattr(sys, "stdin", Terminal("notes\n"))
    assert winnow("collections", "delete", "notes", "--home", filled).out == "notes: deleted, with 6 documents\n"
    assert winnow("collections", "delete", "pages", "--yes", "--home", filled, "--json").json["documents"] == 2
    assert winnow("collections", "list", "--home", filled, "--json").json["collections"] == []
    assert winnow("collections", "delete", "pages", "--yes", "--home", filled).code == 2


def test_ls(winnow: Winnow, filled: Path) -> None:
    shown = winnow("ls", "-c", "pages", "--home", filled).out.splitlines()
    assert shown == ["a.md  River  1 chunk", "sub/b.txt  b  1 chunk"]
    below = winnow("ls", "site/sub", "-c", "pages", "--home", filled, "--json").json
    assert [one["id"] for one in below["documents"]] == ["sub/b.txt"]
    notes = ["-c", "notes", "--home", filled]
    assert [line.split()[0] for line in winnow("ls", *notes).out.splitlines()] == [f"d{n:03d}" for n in range(6)]
    some = winnow("ls", "d00", "--limit", 2, *notes)
    assert len(some.out.splitlines()) == 2 and "4 more documents" in some.err
    filtered = winnow("ls", "--filter", "year:>=2003", *notes, "--json").json
    every = winnow("ls", *notes, "--json").json
    assert 0 < filtered["matching"] < every["matching"] == 6
    assert winnow("ls", "--filter", "nothing:1", *notes).code == 2
    assert "No documents match" in winnow("ls", "zzz", *notes).err
    assert winnow("delete", "d000", *notes).code == 0
    assert "d000" not in winnow("ls", *notes).out


def test_get(winnow: Winnow, filled: Path, tmp_path: Path) -> None:
    whole = winnow("get", "site/a.md", "-c", "pages", "--home", filled, "--json").json
    assert whole["id"] == "a.md" and whole["text"].startswith("River")
    assert (whole["start"], whole["end"], whole["chunks"]) == (0, whole["length"], 1)
    part = winnow("get", "site/a.md:2:5", "-c", "pages", "--home", filled)
    assert part.out == whole["text"][2:5] + "\n"
    rest = winnow("get", f"{tmp_path}/site/a.md:2", "-c", "pages", "--home", filled, "--json").json
    assert rest["text"] == whole["text"][2:]
    beyond = winnow("get", "d001:5:900000", "-c", "notes", "--home", filled, "--json").json
    assert beyond["end"] == beyond["length"] and beyond["metadata"]["year"]
    for nothing in ("d001:5:2", "d001:900000"):
        refused = winnow("get", nothing, "-c", "notes", "--home", filled)
        assert refused.code == 2 and "characters, and none from" in refused.err
    unknown = winnow("get", "d9", "-c", "notes", "--home", filled)
    assert unknown.code == 1 and "winnow ls" in unknown.err


def test_ids_with_colons(winnow: Winnow, home: Path, models: Models, tmp_path: Path) -> None:
    records = [
        {"id": "x:1", "text": "first"},
        {"id": "x", "text": "second"},
        {"id": "https://e.org:80", "text": "third"},
    ]
    file = write_records(tmp_path / "n.jsonl", records)
    assert winnow("ingest", file, "--home", home, "--models", models.option).code == 0
    texts = {
        name: winnow("get", name, "--home", home).out for name in ("x:1", "x:0:3", "x:1:2", "https://e.org:80:1:3")
    }
    # x:1:2 is the document x:1 from 2 on: the longest id that there is.
    assert texts == {"x:1": "first\n", "x:0:3": "sec\n", "x:1:2": "rst\n", "https://e.org:80:1:3": "hi\n"}


def test_delete_takes_the_path_that_ingest_took(winnow: Winnow, filled: Path) -> None:
    done = winnow("delete", "site/a.md", "./site/sub/../sub/b.txt", "-c", "pages", "--home", filled, "--json")
    assert done.json["deleted"] == ["a.md", "sub/b.txt"]
    assert winnow("ls", "-c", "pages", "--home", filled, "--json").json["matching"] == 0
    missing = winnow("delete", "site/a.md", "-c", "pages", "--home", filled)
    assert missing.code == 1 and "nothing was deleted" in missing.err


def test_unquoted_words_are_one_query(winnow: Winnow, filled: Path) -> None:
    apart = winnow("search", "long", "river", "-c", "pages", "--home", filled, "--json").json
    together = winnow("search", "long river", "-c", "pages", "--home", filled, "--json").json
    assert apart["query"] == "long river"
    assert [hit["document_id"] for hit in apart["hits"]] == [hit["document_id"] for hit in together["hits"]]
    excluded = winnow("search", "-c", "pages", "--home", filled, "--json", "--", "river", "-long").json
    assert excluded["query"] == "river -long" and len(excluded["hits"]) == 1
    for words in (("river", "-long"), ("-long", "river"), ("river -long",)):
        found = winnow("search", *words, "-c", "pages", "--home", filled, "--json").json
        assert [hit["document_id"] for hit in found["hits"]] == [hit["document_id"] for hit in excluded["hits"]]


def test_several_collections_are_searched_as_one(winnow: Winnow, filled: Path) -> None:
    options = ["-c", "notes", "-c", "pages", "-c", "notes", "--home", filled, "-k", 5]
    found = winnow("search", "river", *options, "--json").json
    assert list(found["collections"]) == ["notes", "pages"] and found["merged_by"] in ("relevance", "words")
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3, 4, 5]
    assert {hit["collection"] for hit in found["hits"]} == {"notes", "pages"}
    alone = {
        name: winnow("search", "river", "-c", name, "--home", filled, "--json").json for name in ("notes", "pages")
    }
    for name, result in alone.items():
        mine = [hit["document_id"] for hit in found["hits"] if hit["collection"] == name]
        assert mine == [hit["document_id"] for hit in result["hits"]][: len(mine)]
    shown = winnow("search", "river", *options, "--explain")
    assert "pages: " in shown.out and "notes: " in shown.out and "why:" in shown.out
    assert winnow("search", "river", "-c", "notes", "-c", "nope", "--home", filled).code == 2
    assert "--sort" in winnow("search", "river", *options, "--sort", "year").err
    nothing = winnow("search", '"no such phrase"', *options)
    assert nothing.out == "" and "No hits." in nothing.err


def test_what_is_said_of_one_collection_is_not_said_of_all(
    winnow: Winnow, home: Path, models: Models, tmp_path: Path
) -> None:
    for name, text in (("here", "Badgers dig setts."), ("there", "Wombats dig burrows.")):
        file = write_records(tmp_path / f"{name}.jsonl", [{"id": name, "text": text}])
        assert winnow("ingest", file, "-c", name, "--home", home, "--models", models.option).code == 0
    both = ("-c", "here", "-c", "there", "--home", home)
    assert 'No document has "badgers"' in winnow("search", "badgers", "-c", "there", "--home", home).err
    assert "No document has" not in winnow("search", "badgers", *both).err
    assert 'No document has "zzyzxq"' in winnow("search", "zzyzxq", *both).err
    corrected = winnow("search", "badgrs", *both).err
    assert "here: Searched for: badgers" in corrected and "No document has" not in corrected


@pytest.mark.parametrize("command", ["merge", "gc", "repair"])
def test_a_collection_is_named_by_c_or_by_the_argument(winnow: Winnow, filled: Path, command: str) -> None:
    for named in (["-c", "notes"], ["--collection", "notes"], ["notes"], ["notes", "-c", "notes"]):
        assert winnow(command, *named, "--home", filled, "--json").json["collection"] == "notes"
    both = winnow(command, "notes", "-c", "pages", "--home", filled)
    assert both.code == 2 and "Two collections" in both.err
    assert winnow(command, "-c", "nope", "--home", filled).code == 2


def test_backup_and_reembed_by_either_name(winnow: Winnow, filled: Path, tmp_path: Path, models: Models) -> None:
    place = tmp_path / "backups"
    assert winnow("backup", place, "-c", "notes", "--home", filled).out.startswith("notes-")
    assert winnow("backup", "pages", place, "--home", filled).out.startswith("pages-")
    assert len(winnow("backup", "--list", place, "--json").json["backups"]) == 2
    for wrong in ([], ["a", "b", "c"]):
        assert winnow("backup", *wrong, "--home", filled).code == 2
    for named in (["-c", "notes"], ["pages"]):
        done = winnow("reembed", *named, "--encoder", models.encoder, "--home", filled)
        assert done.code in (0, 2) and "no collection" not in done.err


def test_a_document_from_standard_input(winnow: Winnow, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(data: bytes) -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        done = winnow("ask-document", "-", "long", "river", "--models", models.option, "--json")
        return done.code, done.json["hits"][0]["text"] if done.code == 0 else done.err

    code, text = ask(b"# Waters\n\nThe long river.")
    assert code == 0 and "The long river." in text and "#" not in text
    code, text = ask(b"<!doctype html><html><body><p>The long <b>river</b> runs.</p></body></html>")
    assert code == 0 and text == "The long river runs."
    code, text = ask(b"")
    assert code == 1 and "standard input" in text
