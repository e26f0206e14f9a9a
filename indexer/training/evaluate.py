"""Measure a packaged reranker: fused order, replaced order and blends, as nDCG@10.

The blend's weight and normalisation are chosen on held-out *training* queries (``--set dev``); SciFact's test
split and Cranfield are for one final figure each.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from indexer.training.data import load_beir, scifact_split
from indexer.training.model import PairTokenizer, Reranker
from indexer.training.negatives import Encoder, Floats, Lexical, fuse, min_max

WEIGHTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True)
class Judged:
    """One query's candidates: fused scores, logits and grades, and the grades of all judged documents."""

    fused: Floats
    logits: Floats
    grades: list[int]
    ideal: list[int]


def score_pairs(model: Reranker, tokenize: PairTokenizer, pairs: list[tuple[str, str]], batch: int = 32) -> Floats:
    """Return logits, longest pairs first so that little is padded, under bf16 autocast."""
    order = sorted(range(len(pairs)), key=lambda i: -len(pairs[i][1]))
    logits = np.zeros(len(pairs), dtype=np.float32)
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for start in range(0, len(order), batch):
            part = order[start : start + batch]
            logits[part] = model(tokenize([pairs[i] for i in part])).float().numpy()
    return logits


def ndcg(grades: list[int], ideal: list[int], depth: int = 10) -> float:
    """Return nDCG at a depth with linear gains, the ideal taken over all judged documents."""

    def gain(values: list[int]) -> float:
        return sum(value / float(np.log2(rank + 2)) for rank, value in enumerate(values[:depth]))

    best = gain(sorted(ideal, reverse=True))
    return gain(grades) / best if best else 0.0


def normalise(logits: Floats, how: str) -> Floats:
    """Bring logits to 0-1: absolutely (sigmoid), by the list's ends, or by its mean and deviation."""
    if how == "minmax":
        return min_max(logits)
    scaled = (logits - logits.mean()) / (logits.std() + 1e-6) if how == "zsigmoid" else logits
    return np.asarray(1.0 / (1.0 + np.exp(-scaled)), dtype=np.float32)


def judge(folder: Path, split: str, keys: list[str] | None, args: argparse.Namespace) -> list[Judged]:
    """Retrieve, fuse and score the candidates of every query."""
    documents, queries, qrels = load_beir(folder, split)
    ids, texts = list(documents), list(documents.values())
    chosen = keys or list(queries)
    if args.limit:
        chosen = sorted(random.Random(args.seed).sample(chosen, min(args.limit, len(chosen))))
    encoder = Encoder(args.encoder, args.cache, max_length=256)
    vectors = encoder.encode(texts)
    asked = encoder.encode([queries[key] for key in chosen])
    lexical = Lexical(texts)
    model, tokenize = Reranker.load(args.reranker), PairTokenizer(args.reranker, args.max_length)
    judged: list[Judged] = []
    begun, count = time.monotonic(), 0
    for key, vector in zip(chosen, asked, strict=True):
        fused = fuse(lexical.scores(queries[key]), vectors @ vector)
        top = np.argsort(-fused)[: args.depth]
        logits = score_pairs(model, tokenize, [(queries[key], texts[i]) for i in top])
        grades = [qrels[key].get(ids[i], 0) for i in top]
        judged.append(Judged(fused[top], logits, grades, list(qrels[key].values())))
        count += len(top)
    print(f"{len(judged)} queries, {count / (time.monotonic() - begun):.1f} pairs/s", flush=True)
    return judged


def figures(judged: list[Judged], depth: int) -> dict[str, float]:
    """Return nDCG@10 of the fused order, of the replaced order and of every blend."""

    def mean(scores: Any) -> float:
        values = []
        for item in judged:
            order = np.argsort(-scores(item.fused[:depth], item.logits[:depth]), kind="stable")
            values.append(ndcg([item.grades[i] for i in order], item.ideal))
        return round(float(np.mean(values)), 4)

    result = {"fused": mean(lambda fused, logits: fused), "replace": mean(lambda fused, logits: logits)}
    for how in ("minmax", "sigmoid", "zsigmoid"):
        for weight in WEIGHTS:
            result[f"{how} {weight}"] = mean(
                lambda fused, logits, h=how, w=weight: (1 - w) * min_max(fused) + w * normalise(logits, h)
            )
    return result


def main() -> None:
    """Measure one set from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="shared folder with data/")
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--reranker", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--set", choices=["dev", "scifact", "cranfield", "cisi"], required=True)
    parser.add_argument("--depth", type=int, default=50)
    parser.add_argument("--limit", type=int, default=0, help="measure on this many queries only")
    parser.add_argument("--max-length", type=int, default=256)
    parser.add_argument("--held-out", type=int, default=150)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    name = "scifact" if args.set == "dev" else args.set
    folder = args.data / "data" / name
    keys = scifact_split(folder, args.held_out, args.seed)[1] if args.set == "dev" else None
    judged = judge(folder, "train" if args.set == "dev" else "test", keys, args)
    result = {f"top {d}": figures(judged, d) for d in sorted({min(50, args.depth), args.depth})}
    print(json.dumps(result, indent=1), flush=True)
    if args.out:
        args.out.write_text(json.dumps({"set": args.set, **result}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
