"""Passages of source code begin at a definition, with the comment and the decorators above it."""

from __future__ import annotations

import pytest

from engine.types import Document
from indexer.chunking.chunker import Chunker
from indexer.parsers.lines.code import CodeParser
from tests.support.tokens import word_piece

LANGUAGES = {
    "a.py": (
        "import os\n\n",
        "# Harbour {n} is asked for its ferries.\n# It may be closed.\n@cached\ndef ferries_{n}(harbour, *, late=False):\n"
        '    """Give the ferries of a harbour."""\n{body}    return found\n\n\n',
        "    found = harbour.ask({m}, late=late)\n\n    if not found:\n        raise LookupError(harbour)\n",
    ),
    "a.js": (
        "const harbours = {};\n\n",
        "/**\n * Give the ferries of harbour {n}.\n * It may be closed.\n */\nexport async function ferries{n}(harbour) {{\n"
        "{body}  return found;\n}}\n\n",
        "  const found{m} = await harbour.ask({m});\n\n  if (!found{m}) {{\n    throw new Error(harbour);\n  }}\n",
    ),
    "a.ts": (
        'describe("harbours", () => {\n',
        '  test("ferries {n} leave", async () => {{\n{body}    expect(found).toBe(1);\n  }});\n\n',
        "    const found{m}: Ferry = await ask({m});\n    expect(found{m}).toBeDefined();\n\n",
    ),
    "a.go": (
        "package harbour\n\n",
        "// Ferries{n} gives the ferries of a harbour.\n// It may be closed.\nfunc (h *Harbour) Ferries{n}(late bool) error {{\n"
        "{body}\treturn nil\n}}\n\n",
        "\tif err := h.ask({m}, late); err != nil {{\n\t\treturn err\n\t}}\n",
    ),
    "a.rs": (
        "use std::io;\n\n",
        "/// Gives the ferries of harbour {n}.\n/// It may be closed.\n#[inline]\n#[must_use]\npub fn ferries_{n}(harbour: &Harbour) -> bool {{\n"
        "{body}    true\n}}\n\n",
        "    let found_{m} = harbour.ask({m});\n    if found_{m}.is_none() {{\n        return false;\n    }}\n",
    ),
    "A.java": (
        "class Harbour {\n",
        "  /** Gives the ferries of harbour {n}. */\n  @Override\n  @Deprecated\n  public static int ferries{n}(Harbour harbour) {{\n"
        "{body}    return 1;\n  }}\n\n",
        "    int found{m} = harbour.ask({m});\n    if (found{m} == 0) {{\n      throw new Closed(harbour);\n    }}\n",
    ),
    "a.c": (
        "#include <harbour.h>\n\n",
        "/* Gives the ferries of harbour {n}.\n   It may be closed, which is said by a zero. */\nstatic int\nferries_{n}(struct harbour *h,\n"
        "            int late)\n{{\n{body}  return 1;\n}}\n\n",
        "  int found_{m} = ask(h, {m});\n\n  if (found_{m} == 0)\n    return 0;\n",
    ),
    "a.cpp": (
        "namespace harbours {\n\n",
        "template <typename T>\ninline int\nHarbour<T>::\nferries{n}(const T& late) const\n{{\n{body}  return 1;\n}}\n\n",
        "  auto found{m} = ask({m}, late);\n  if (!found{m})\n    return 0;\n",
    ),
    "a.rb": (
        "class Harbour\n",
        "  # Gives the ferries of harbour {n}.\n  # It may be closed.\n  def ferries_{n}(late)\n{body}    found\n  end\n\n",
        "    found = ask({m}, late)\n    raise Closed unless found\n",
    ),
    "a.php": (
        "<?php\nclass Harbour\n{\n",
        "    /**\n     * Gives the ferries of harbour {n}.\n     */\n    public function ferries{n}(bool $late): int\n    {{\n{body}"
        "        return 1;\n    }}\n\n",
        "        $found{m} = $this->ask({m}, $late);\n\n        if (!$found{m}) {{\n            return 0;\n        }}\n",
    ),
    "a.sh": (
        "#!/bin/sh\nset -e\n\n",
        "# Print the ferries of harbour {n}.\n# It may be closed.\nferries_{n}() {{\n{body}    echo done\n}}\n\n",
        '    found="$(ask {m} "$1")"\n    if [ -z "$found" ]; then\n        return 1\n    fi\n',
    ),
    "a.sql": (
        "-- Harbours and their ferries.\n\n",
        "/* The ferries of harbour {n}. It may be closed.\n * That is said by a null. */\nCREATE TABLE ferries_{n} (\n{body}    late boolean\n);\n\n",
        "    found_{m} integer NOT NULL,\n    harbour_{m} varchar(80) REFERENCES harbours (name),\n",
    ),
}
DEFINITIONS = 40


def sample(name: str) -> tuple[str, set[str]]:
    """A file of definitions of different lengths, each of which fits into a passage, and what may begin a passage."""
    before, shape, body = LANGUAGES[name]
    definitions = [
        shape.format(n=n, body="".join(body.format(m=m) for m in range(n % 3 + 1))) for n in range(DEFINITIONS)
    ]
    starts = {before.strip().split("\n")[0], *(one.strip().split("\n")[0] for one in definitions)}
    return before + "".join(definitions), starts


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_passage_begins_at_a_definition(name: str) -> None:
    source, starts = sample(name)
    parsed = CodeParser().parse(source.encode(), name=name)
    chunks = Chunker(word_piece(), 200, 32, 254).chunk(
        Document("d", "d", name, parsed.text, "en"), parsed.headings, parsed.locators
    )
    begun = [chunk.text.split("\n")[0] for chunk in chunks]
    assert len(chunks) >= DEFINITIONS / 4
    assert [line for line in begun if line not in starts] == []


SETTING = (
    "# The path of the library with the ferries of harbour {n}, as a linker is to find it\n"
    "# before it was installed; what was installed already is found by itself, and so\n"
    "# need not be named here at all.\nHARBOUR_{n}='-L/usr/lib/harbours/harbour -lharbour_of_{n} -lferry'\n\n"
)


def test_a_comment_of_sentences_in_a_script_stays_in_one_piece() -> None:
    source = "#!/bin/sh\n\n" + "".join(SETTING.format(n=n) for n in range(40))
    parsed = CodeParser().parse(source.encode(), name="a.sh")
    chunks = Chunker(word_piece(), 200, 32, 254).chunk(Document("d", "d", "a.sh", parsed.text, "en"), parsed.headings)
    assert len(chunks) > 10
    assert {chunk.text.split(" ")[:3] == ["#", "The", "path"] for chunk in chunks[1:]} == {True}
