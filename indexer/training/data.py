"""Query-passage pairs from the sources that the bundled reranker may be trained on."""

from __future__ import annotations

import gzip
import json
import random
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from indexer.training.pages import sections

PASSAGE_WORDS = 170
GENERIC = re.compile(
    r"^(step \d+|next steps?|examples?|notes?|overview|introduction|see also|related .*|usage)\b", re.I
)


@dataclass(frozen=True)
class Query:
    """One query, the passages that answer it, and passages that must not serve as its negatives."""

    text: str
    positives: tuple[int, ...]
    excluded: frozenset[int] = frozenset()


@dataclass
class Source:
    """Passages of one corpus and the queries over them.

    ``margin`` filters likely false negatives: a candidate whose embedding score exceeds ``margin`` times the
    positive's is dropped. ``share`` is the source's part of the training mix.
    """

    name: str
    passages: list[str]
    queries: list[Query]
    margin: float = 0.95
    share: float = 0.2
    index: list[str] = field(default_factory=list)

    def index_texts(self) -> list[str]:
        """Return the texts that negatives are mined over; the passages themselves unless given."""
        return self.index or self.passages


def read_jsonl(path: Path) -> Iterator[dict[str, object]]:
    """Yield the objects of a JSON-lines file, compressed or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def load_beir(folder: Path, split: str) -> tuple[dict[str, str], dict[str, str], dict[str, dict[str, int]]]:
    """Return documents (title and text joined), the split's queries and its judgements."""
    documents = {
        str(row["_id"]): f"{row.get('title') or ''} {row['text']}".strip()
        for row in read_jsonl(folder / "corpus.jsonl.gz")
    }
    texts = {str(row["_id"]): str(row["text"]) for row in read_jsonl(folder / "queries.jsonl")}
    qrels: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels" / f"{split}.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        if int(grade) > 0:
            qrels.setdefault(query, {})[document] = int(grade)
    return documents, {key: texts[key] for key in qrels}, qrels


def scifact_split(folder: Path, held_out: int, seed: int) -> tuple[list[str], list[str]]:
    """Split the ids of SciFact's *train* queries into a part to train on and a held-out development part."""
    _, queries, _ = load_beir(folder, "train")
    ids = sorted(queries, key=int)
    random.Random(seed).shuffle(ids)
    return ids[held_out:], ids[:held_out]


def scifact_claims(folder: Path, held_out: int, seed: int) -> Source:
    """Claims of SciFact's train split (less the held-out ones) and the abstracts judged to bear on them."""
    documents, queries, qrels = load_beir(folder, "train")
    number = {key: i for i, key in enumerate(documents)}
    train, _ = scifact_split(folder, held_out, seed)
    made = [Query(queries[key], tuple(number[d] for d in qrels[key])) for key in train]
    return Source("scifact-claims", list(documents.values()), made, margin=1.05, share=0.22)


def scifact_titles(folder: Path) -> Source:
    """Title and abstract of each SciFact document; the passage is the abstract alone."""
    rows = list(read_jsonl(folder / "corpus.jsonl.gz"))
    passages = [str(row["text"]) for row in rows]
    made = [Query(str(row["title"]), (i,)) for i, row in enumerate(rows) if row.get("title")]
    index = [f"{row.get('title') or ''} {row['text']}".strip() for row in rows]
    return Source("scifact-titles", passages, made, share=0.21, index=index)


def pubmedqa(path: Path) -> Source:
    """Questions of PubMedQA and the abstract each was asked of."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        rows = list(json.load(stream).values())
    passages = [" ".join(row["CONTEXTS"]) for row in rows]
    return Source("pubmedqa", passages, [Query(r["QUESTION"], (i,)) for i, r in enumerate(rows)], share=0.17)


def split_words(text: str, size: int = PASSAGE_WORDS) -> list[tuple[int, int]]:
    """Return character spans of about ``size`` words that end at a sentence where one ends near."""
    words = [m.span() for m in re.finditer(r"\S+", text)]
    spans: list[tuple[int, int]] = []
    first = 0
    while first < len(words):
        last = min(first + size, len(words))
        for probe in range(last, max(first + size * 3 // 4, last - 40), -1):
            if last < len(words) and text[words[probe - 1][1] - 1] in ".!?":
                last = probe
                break
        spans.append((words[first][0], words[last - 1][1]))
        first = last
    return spans


def covidqa(path: Path) -> Source:
    """Questions of COVID-QA and the passage of the article that holds the start of the answer."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        articles = json.load(stream)["data"]
    passages: list[str] = []
    queries: list[Query] = []
    for paragraph in (p for article in articles for p in article["paragraphs"]):
        context = paragraph["context"]
        spans = split_words(context)
        base = len(passages)
        passages += [context[a:b] for a, b in spans]
        for qa in paragraph["qas"]:
            answer = qa["answers"][0]
            start, text = answer["answer_start"], answer["text"].strip().lower()
            hit = next((i for i, (a, b) in enumerate(spans) if a <= start < b), None)
            if hit is None:
                continue
            near = {base + i for i, (a, b) in enumerate(spans) if text in context[a:b].lower()}
            near |= {base + hit - 1, base + hit + 1}
            queries.append(Query(qa["question"], (base + hit,), frozenset(near - {base + hit})))
    return Source("covidqa", passages, queries, share=0.2)


def documentation(archive: Path, share: float) -> Source:
    """Headings (with the page's title where they say little) and the sections under them."""
    found: list[tuple[str, str, str]] = []
    with tarfile.open(archive) as bundle:
        for member in bundle:
            if not member.name.endswith((".md", ".html")) or (stream := bundle.extractfile(member)) is None:
                continue
            pieces = list(sections(stream.read().decode("utf-8", "replace")))
            title = pieces[0][0]
            found += [(title, head, body) for head, body in pieces if len(body.split()) >= 25]
    counts = Counter(head.lower() for _, head, _ in found)
    passages = [" ".join(body.split()[:PASSAGE_WORDS]) for _, _, body in found]
    same: dict[str, set[int]] = {}
    for i, (_, head, _) in enumerate(found):
        same.setdefault(head.lower(), set()).add(i)
    queries: list[Query] = []
    for i, (title, head, _) in enumerate(found):
        vague = counts[head.lower()] > 1 or len(head.split()) < 2 or GENERIC.match(head)
        query = f"{title} {head}" if vague and title.lower() != head.lower() else head
        if len(query.split()) >= 2:
            queries.append(Query(query, (i,), frozenset() if vague else frozenset(same[head.lower()] - {i})))
    return Source(archive.name.removesuffix(".tar.gz"), passages, queries, share=share)


def load_sources(shared: Path, held_out: int, seed: int) -> list[Source]:
    """Load every source of the shipped mix from the shared data folder."""
    data, samples = shared / "data", shared / "samples"
    return [
        scifact_claims(data / "scifact", held_out, seed),
        scifact_titles(data / "scifact"),
        pubmedqa(data / "train" / "pubmedqa" / "ori_pqal.json.gz"),
        covidqa(data / "train" / "covidqa" / "covidqa.json.gz"),
        documentation(samples / "opensearch-docs.tar.gz", share=0.12),
        documentation(samples / "vespa-docs.tar.gz", share=0.08),
    ]
