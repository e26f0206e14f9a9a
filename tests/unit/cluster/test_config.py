"""The file of a cluster: what it says is read, and what is wrong with it is told in words, without its values."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cluster.config import ClusterConfig, read_config
from engine.errors import UsageError

SECRET = "hunter2"
GOOD = f"address: s3://key:{SECRET}@bucket/winnow\ncollections: [c]\nhome: /front\nfolder: /copies\n"
WRONG = {
    "an unknown key": GOOD + "shards: 3\n",
    "no address": "collections: [c]\nhome: /front\nfolder: /copies\n",
    "an empty home": GOOD.replace("/front", "''"),
    "no home": GOOD.replace("/front", ""),
    "a folder that is a number": GOOD.replace("/copies", "7"),
    "a folder that cannot be": GOOD.replace("/copies", '"/co\\0pies"'),
    "a number that is none": GOOD + "replicas: many\n",
    "half a replica": GOOD + "replicas: 1.5\n",
    "no replica": GOOD + "replicas: 0\n",
    "too many": GOOD + "replicas: 17\n",
    "a number of five thousand digits": GOOD + f"replicas: {'9' * 5000}\n",
    "a flag for a number": GOOD + "replicas: yes\n",
    "a flag for CPUs": GOOD + "models: {cpus: on}\n",
    "not a number": GOOD + "deadline_ms: .nan\n",
    "without end": GOOD + "copies_hours: .inf\n",
    "a date that is none": GOOD + "ray: 2026-13-45\n",
    "a flag that is none": GOOD + "ray: !!bool maybe\n",
    "a time that is none": GOOD + "ray: !!timestamp soon\n",
    "an object": GOOD + "ray: !!python/object/apply:os.system [ls]\n",
    "an empty Ray": GOOD + "ray: ''\n",
    "models that are none": GOOD + "models: 2\n",
    "models of another kind": GOOD + "models: {tpus: 1}\n",
    "no collection": GOOD.replace("[c]", "[]"),
    "one collection": GOOD.replace("[c]", "c"),
    "a collection that is a number": GOOD.replace("[c]", "[7]"),
    "a collection twice": GOOD.replace("[c]", "[c, c]"),
    "a path for a collection": GOOD.replace("[c]", "[../c]"),
    "a key twice": GOOD + "home: /other\n",
    "a key twice, inside": GOOD + "models: {cpus: 1, cpus: 2}\n",
    "a key that is a list": GOOD + "? [a]\n: b\n",
    "a key that is a mapping": GOOD + "? {a: b}\n: c\n",
    "a list": "- a\n",
    "a text": SECRET,
    "nothing": "",
    "no YAML": GOOD + "a: [",
    "tabs": GOOD + "\treplicas: 2\n",
    "an anchor that is nowhere": GOOD + "ray: *nowhere\n",
    "two documents": GOOD + "---\n" + GOOD,
    "brackets without end": GOOD + "ray: " + "[" * 100_000,
    "JSON cut short": '{"address": "x"',
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said_without_a_value(wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text(WRONG[wrong])
    with pytest.raises(UsageError, match=r"cluster\.yaml|collection") as caught:
        read_config(file)
    assert caught.value.remedy and SECRET not in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"address: \xe9", b"\0", GOOD.encode("utf-16")])
def test_bytes_that_are_no_text_are_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_bytes(content)
    with pytest.raises(UsageError, match=r"cluster\.yaml"):
        read_config(tmp_path / "cluster.yaml")


def test_where_it_cannot_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text(GOOD + "home: /other\n")
    with pytest.raises(UsageError, match=r"has a key twice \(line 5, column 1\)"):
        read_config(file)
    file.write_text(GOOD + "replicas: 2\n  threads: 3\n")
    with pytest.raises(UsageError, match=r"\(line 6, column 10\)"):
        read_config(file)
    for place in (tmp_path / "missing.yaml", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            read_config(place)


def test_a_configuration(tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text(GOOD + "hedge_ms: 50\n")
    found = read_config(file)
    assert (found.replicas, found.patience.hedge, found.patience.deadline) == (2, 0.05, 2.0)
    assert found.address == f"s3://key:{SECRET}@bucket/winnow"
    assert ClusterConfig.model_fields.keys() >= {"queue", "threads", "cpus", "ray"}


def test_a_path_is_one_beside_the_file_wherever_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cluster.yaml").write_text("address: shared\ncollections: [c]\nhome: ./front\nfolder: ~/copies\n")
    monkeypatch.chdir("/")
    found = read_config(tmp_path / "cluster.yaml")
    assert (found.address, found.home) == (str(tmp_path / "shared"), str(tmp_path / "front"))
    assert found.folder == "~/copies"  # of each host
    monkeypatch.chdir(tmp_path)
    assert read_config(Path("cluster.yaml")) == found
