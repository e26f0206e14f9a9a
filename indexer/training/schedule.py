"""The trainer's arguments from a recipe, and a schedule that follows the clock where the recipe gives minutes."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

from indexer.training.evaluation import METRIC
from indexer.training.extra import device
from indexer.training.recipe import Batches, Recipe, Schedule

CLOCK = "clock.json"  # in each checkpoint: the seconds that it has had
_SAMPLERS = {"random": "batch_sampler", "no-duplicates": "no_duplicates", "group-by-label": "group_by_label"}
ENDLESS = 100_000_000  # steps


def factor(done: float, warmup: float) -> float:
    """Factor of the learning rate at a fraction of the training: linear warm-up, then cosine to zero."""
    if done < warmup:
        return max(done / warmup, 0.02)
    return 0.5 * (1.0 + math.cos(math.pi * min((done - warmup) / (1.0 - warmup), 1.0)))


class Clock:
    """Seconds of training, those before a checkpoint included."""

    def __init__(self, limit: float, spent: float = 0.0) -> None:
        self._begun = time.monotonic()
        self._limit, self._spent = limit, spent

    @property
    def seconds(self) -> float:
        return self._spent + time.monotonic() - self._begun

    @property
    def done(self) -> float:
        """The fraction of the limit that is spent."""
        return self.seconds / self._limit


def make_arguments(
    recipe: Recipe,
    plan: Schedule,
    out: Path,
    arguments: Any,
    *,
    steps_per_epoch: int,
    evaluated: bool,
    batches: Batches,
) -> Any:
    """`arguments` is the class of the trainer's arguments."""
    by_clock = plan.minutes is not None
    total = ENDLESS if by_clock else max(math.ceil((plan.epochs or 0) * steps_per_epoch), 1)
    every = recipe.evaluation.steps if evaluated else plan.save_steps
    rates = {} if plan.head_learning_rate is None else {r"^model\.[1-9]|^log_scales": plan.head_learning_rate}
    return arguments(
        output_dir=str(out / "checkpoints"),
        max_steps=total,
        per_device_train_batch_size=plan.batch_size,
        learning_rate=plan.learning_rate,
        learning_rate_mapping=rates,
        weight_decay=0.01,
        warmup_steps=0 if by_clock else math.ceil(plan.warmup * total),
        lr_scheduler_type="constant" if by_clock else "cosine",
        bf16=plan.bf16,
        use_cpu=device() == "cpu",
        seed=recipe.seed,
        data_seed=recipe.seed,
        eval_strategy="steps" if evaluated else "no",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,
        load_best_model_at_end=evaluated,
        metric_for_best_model=f"eval_{METRIC}" if evaluated else None,
        greater_is_better=True if evaluated else None,
        report_to="none",
        logging_steps=10,
        disable_tqdm=True,
        dataloader_drop_last=False,
        batch_sampler=_SAMPLERS[batches],
    )


def clock_callback(clock: Clock, warmup: float) -> Any:
    """Sets each step's learning rate by the clock, ends the training in time, notes the time in checkpoints."""
    from transformers import TrainerCallback

    class ByClock(TrainerCallback):  # type: ignore[misc,unused-ignore]
        def __init__(self) -> None:
            self.peaks: list[float] = []

        def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            groups = kwargs["optimizer"].param_groups
            self.peaks = self.peaks or [group.get("initial_lr", group["lr"]) for group in groups]
            for group, peak in zip(groups, self.peaks, strict=True):
                group["lr"] = peak * factor(clock.done, warmup)

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if clock.done >= 1:
                control.should_training_stop = control.should_save = True
                control.should_evaluate = control.should_evaluate or args.eval_strategy != "no"

        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            (folder / CLOCK).write_text(json.dumps({"seconds": clock.seconds}), encoding="utf-8")

    return ByClock()


def last_checkpoint(out: Path) -> Path | None:
    """The newest whole checkpoint of an earlier run."""
    found = [
        folder for folder in (out / "checkpoints").glob("checkpoint-*") if (folder / "trainer_state.json").is_file()
    ]
    return max(found, key=lambda folder: int(folder.name.rpartition("-")[2]), default=None)


def seconds_spent(checkpoint: Path | None) -> float:
    """Seconds that the clock showed when a checkpoint was written."""
    if checkpoint is None or not (checkpoint / CLOCK).is_file():
        return 0.0
    return float(json.loads((checkpoint / CLOCK).read_text("utf-8"))["seconds"])
