"""docs/ranking.md holds what the registries say of themselves; `python -m tests.docs.test_ranking` writes its tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.fusion import FUSIONS
from engine.recipe import Recipe
from engine.rerank import POLICIES
from engine.vectors.kinds import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "ranking.md"


def table(*rows: tuple[str, ...]) -> str:
    head, *rest = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *rest])


def fusions() -> str:
    return table(("fusion", "it", "paper"), *((f"`{one.name}`", one.does, one.paper) for one in FUSIONS.values()))


def policies() -> str:
    return table(("policy", "it", "paper"), *((f"`{one.name}`", one.does, one.paper) for one in POLICIES.values()))


def kinds() -> str:
    return table(
        ("kind", "what", "when", "extra"),
        *((f"`{one.name}`", one.does, one.when, f"`{one.extra}`") for one in KINDS.values()),
    )


def recipe() -> str:
    return table(("knob", "default"), *((f"`{name}`", f"{value}") for name, value in Recipe().to_json().items()))


TABLES = {"fusions": fusions, "policies": policies, "kinds": kinds, "recipe": recipe}


def written(page: str) -> str:
    """The page with each table between its two marks rewritten."""
    for name, make in TABLES.items():
        begin, end = f"<!-- {name} -->\n", "\n<!-- end -->"
        before, rest = page.split(begin, 1)
        page = f"{before}{begin}{make()}{end}{rest.split(end, 1)[1]}"
    return page


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_registered_part_is_on_the_page(name: str) -> None:
    assert TABLES[name]() in PAGE.read_text(encoding="utf-8"), "run python -m tests.docs.test_ranking"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
