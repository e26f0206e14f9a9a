from __future__ import annotations

from pathlib import Path

from engine.errors import WriterBusy
from engine.store.generation import open_generation
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from tests.support import store_children
from tests.support.processes import forkserver
from tests.support.stores import config, contents

COMMITS = 30


def test_readers_see_whole_generations_while_a_writer_commits(home: Path) -> None:
    open_writer(home, "docs", config()).close()
    context = forkserver()
    pipes, children = [], []
    for target, last in ((store_children.read_repeatedly, COMMITS + 1), (store_children.read_repeatedly, COMMITS + 1)):
        ours, theirs = context.Pipe()
        children.append(context.Process(target=target, args=(home, last, theirs)))
        pipes.append(ours)
    acknowledged, theirs = context.Pipe()
    children.append(context.Process(target=store_children.write_commit, args=(home, range(COMMITS), theirs)))
    for child in children:
        child.start()
    assert acknowledged.recv() == 0
    try:
        open_writer(home, "docs")
        raise AssertionError("two writers")
    except WriterBusy as error:
        assert f"process {children[-1].pid}" in str(error)
    seen = []
    for pipe in pipes:
        numbers, wrong = pipe.recv()
        assert wrong == []
        seen.append(numbers)
    for child in children:
        child.join()
        assert child.exitcode == 0
    assert all(len(numbers) > 3 for numbers in seen), seen  # else nothing ran at the same time
    with open_generation(home, "docs") as generation:
        texts = {name: document.text for name, document in contents(generation).items()}
    assert texts == store_children.expected(COMMITS - 1)
    assert verify(home, "docs").problems == ()
