"""Train the bundled reranker: all-MiniLM-L6-v2, mean pooling, a small head, a loss over groups.

Run ``python -m indexer.training.reranker --data SHARED --out DIR --minutes 50 --seed 13``.
The learning rate follows the clock: a slow machine trains on fewer groups but still ends the schedule.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from indexer.training.data import Source, load_sources
from indexer.training.model import PairTokenizer, Reranker
from indexer.training.negatives import Encoder, Mined, draw, mine
from indexer.training.package import package_reranker

HARD, CHANCE = 4, 1
SETTLE = 20  # steps until AdamW's moments can be trusted with the full rate
CHECKPOINT = "checkpoint.safetensors"
ENCODER = Path(__file__).resolve().parents[2] / "data" / "models" / "winnow-encoder"


def stream(mined: dict[str, list[Mined]], sources: list[Source], rng: np.random.Generator) -> Iterator[Mined]:
    """Yield queries for ever: the source by its share, each source's queries in shuffled rounds."""
    shares = np.array([source.share for source in sources])
    orders: dict[str, list[int]] = {source.name: [] for source in sources}
    while True:
        name = sources[int(rng.choice(len(sources), p=shares / shares.sum()))].name
        if not orders[name]:
            orders[name] = [int(i) for i in rng.permutation(len(mined[name]))]
        yield mined[name][orders[name].pop()]


def group_loss(logits: Tensor, bce_weight: float) -> Tensor:
    """Cross-entropy of the positive (column 0) over its group, plus a little BCE to fix the score's zero."""
    target = torch.zeros(len(logits), dtype=torch.long)
    labels = torch.zeros_like(logits)
    labels[:, 0] = 1.0
    weight = torch.ones_like(logits)
    weight[:, 0] = logits.shape[1] - 1
    absolute = functional.binary_cross_entropy_with_logits(logits, labels, weight=weight)
    return functional.cross_entropy(logits, target) + bce_weight * absolute


def rate(done: float, warmup: float = 0.06) -> float:
    """Learning-rate factor at a fraction of the time: linear warm-up, then cosine to zero."""
    if done < warmup:
        return max(done / warmup, 0.02)
    return 0.5 * (1.0 + math.cos(math.pi * min((done - warmup) / (1.0 - warmup), 1.0)))


def train(args: argparse.Namespace) -> None:
    """Mine negatives, train until the time is spent, and write the packaged model."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    rng = np.random.default_rng([args.seed, int(args.spent)])
    args.out.mkdir(parents=True, exist_ok=True)
    sources = load_sources(args.data, args.held_out, args.seed)
    encoder = Encoder(args.base, args.cache or args.out / "cache")
    begun = time.monotonic()
    mined = {source.name: mine(source, encoder) for source in sources}
    corpora = {source.name: source.passages for source in sources}
    pools = {name: round(float(np.mean([len(m.negatives) for m in items])), 1) for name, items in mined.items()}
    print(f"mined in {time.monotonic() - begun:.0f} s: {pools}", flush=True)
    model, tokenize = Reranker(args.base), PairTokenizer(args.base, args.max_length)
    if args.resume:
        model.restore(args.resume)
    bert, head = model.parameters(head=False), model.parameters(head=True)
    groups = [{"params": bert, "lr": args.lr}, {"params": head, "lr": args.head_lr}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    peaks = [group["lr"] for group in optimizer.param_groups]
    seen: Counter[str] = Counter()
    queue = stream(mined, sources, rng)
    start = saved = logged = time.monotonic()
    losses: list[float] = []
    model.parts.train()
    steps = 0
    while (elapsed := time.monotonic() - start + args.spent * 60) < args.minutes * 60:
        steps += 1
        factor = rate(elapsed / (args.minutes * 60)) * min(1.0, steps / SETTLE)
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * factor
        items = [next(queue) for _ in range(args.batch)]
        pairs: list[tuple[str, str]] = []
        for item in items:
            positive = item.positives[int(rng.integers(len(item.positives)))]
            passages = [positive, *draw(item, corpora[item.source], HARD, CHANCE, rng)]
            pairs += [(item.text, passage) for passage in passages]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(tokenize(pairs))
        loss = group_loss(logits.view(len(items), -1), args.bce)
        loss.backward()
        nn.utils.clip_grad_norm_([*bert, *head], 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        seen.update(item.source for item in items)
        now = time.monotonic()
        if now - logged > 30:
            speed = seen.total() * (1 + HARD + CHANCE) / (now - start)
            print(
                f"{elapsed:.0f} s, {seen.total()} groups, {speed:.1f} pairs/s, loss {np.mean(losses):.4f}",
                flush=True,
            )
            losses, logged = [], now
        if now - saved > 180:
            model.save(args.out / CHECKPOINT)
            saved = now
    model.save(args.out / CHECKPOINT)
    summary = {
        "groups": dict(seen),
        "seconds": round(time.monotonic() - start),
        "seed": args.seed,
        "lr": args.lr,
        "spent_before": args.spent,
    }
    (args.out / "training.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    package_reranker(args.out / CHECKPOINT, args.base, args.out / "model")
    print(json.dumps(summary), flush=True)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="shared folder with data/ and samples/")
    parser.add_argument("--base", type=Path, default=ENCODER, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="embeddings (default: OUT/cache)")
    parser.add_argument("--minutes", type=float, default=50.0)
    parser.add_argument("--resume", type=Path, help="checkpoint to go on from")
    parser.add_argument("--spent", type=float, default=0.0, help="minutes that the checkpoint has had")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=8, help="groups in a step")
    parser.add_argument("--lr", type=float, default=8e-5)
    parser.add_argument("--head-lr", type=float, default=5e-4)
    parser.add_argument("--bce", type=float, default=0.25)
    parser.add_argument("--max-length", type=int, default=192)
    parser.add_argument("--held-out", type=int, default=150, help="SciFact train queries kept for development")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
