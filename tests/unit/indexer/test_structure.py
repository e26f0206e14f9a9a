"""Chunks begin and end where the structure of a document does: at rows, entries, items, definitions."""

from __future__ import annotations

from engine.types import Chunk, Document, Heading, Locator
from indexer.chunking.chunker import Chunker
from tests.support.tokens import word_piece

OWN = Chunker(word_piece(), 100, 20, 128)


def chunks(text: str, title: str = "Title", **given: list) -> list[Chunk]:
    return OWN.chunk(Document("d", "uri", title, text, "en"), given.get("headings", []), given.get("locators", []))


def firsts(text: str) -> list[str]:
    """The first line of each chunk."""
    found = chunks(text)
    assert len(found) > 2
    assert all(size <= 128 for size in word_piece().count(OWN.embedding_texts("Title", found)))
    return [chunk.text.split("\n")[0] for chunk in found]


def test_an_entry_of_a_log_is_never_cut_and_never_repeated() -> None:
    lines = [
        f"Jun 15 04:00:{n:02d} combo sshd[{n}]: failure; logname= uid=0 tty=ssh host=h{n} user=root" for n in range(40)
    ]
    found = chunks("\n".join(lines))
    assert [line for chunk in found for line in chunk.text.split("\n")] == lines
    assert len(found) > 5


def test_lines_without_a_time_stay_with_their_entry() -> None:
    entry = "2024-01-01 10:00:{:02d} ERROR it failed\n  at a.b.C (C.java:1)\n2024-01-01 10:00:{:02d} INFO it goes on\n"
    assert not any(line.startswith("at ") for line in firsts("".join(entry.format(n, n) for n in range(30))))


def test_a_pause_parts_a_log_rather_than_the_number_of_lines() -> None:
    burst = "2024-01-01 1{}:00:0{} INFO a request was answered with the status of 200\n"
    found = chunks("".join(burst.format(hour, n) for hour in range(6) for n in range(4)))
    assert {chunk.text.split(" ")[1][-2:] for chunk in found} == {"00"}


TABLE = "Product | Place | Amount\n" + "\n".join(f"SKU-{n:03d} | Warehouse {n % 7} | {n} pieces" for n in range(60))


def test_later_pieces_of_a_table_carry_its_header_and_do_not_store_it_twice() -> None:
    found = chunks("The stock is this:\n\n" + TABLE)
    assert found[0].header == "" and "Product | Place" in found[0].text
    assert {chunk.header for chunk in found[1:]} == {"Product | Place | Amount"}
    assert all(chunk.text.startswith("SKU-") for chunk in found[1:])
    assert "Product" not in "".join(chunk.text for chunk in found[1:])
    assert OWN.embedding_text("Stock", found[2]).startswith("Stock\nProduct | Place | Amount\nSKU-")


def test_a_table_after_another_one_carries_its_own_header_and_prose_after_it_none() -> None:
    other = "Person | Age\n" + "\n".join(f"person {n} | {n}" for n in range(60))
    text = f"{TABLE}\n\nA paragraph.\n\n{other}\n\n" + "A sentence about the people in the table. " * 40
    found = chunks(text)
    assert [c.header for c in found if c.text.startswith("person ")] == ["Person | Age"] * 3
    assert {c.header for c in found if c.text.startswith("A ")} == {""}


def test_a_row_that_is_longer_than_the_target_stays_whole_and_one_above_the_limit_is_cut() -> None:
    row = "name | " + "word " * 105 + "| end"
    assert f"{row}\n" in "".join(chunk.text + "\n" for chunk in chunks(f"Key | Value | More\n{row}\n{row}"))
    cut = chunks("Key | Value | More\n" + "name | " + "word " * 400)
    assert len(cut) > 3 and all(chunk.header == "Key | Value | More" for chunk in cut[1:])


def test_lines_of_a_cell_carry_the_header_of_their_table() -> None:
    rows = "".join(f"name{n} | What it is.\nMore of what it is, and more of it.\nAnd the rest.\n" for n in range(30))
    assert all(first.startswith("name") for first in firsts(f"Name | Meaning\n{rows}")[1:])


def test_code_is_cut_between_definitions() -> None:
    body = "".join(f'    """Return {n} times x."""\n\n    y = x * {n}\n    return y\n' for n in range(2))
    code = "\n".join(f"def function_{n}(x):\n{body}" for n in range(12))
    assert all(first.startswith("def ") for first in firsts(f"The module:\n\n{code}")[1:])


def test_definitions_without_blank_lines_are_told_by_the_edge() -> None:
    code = "\n".join(f"@cached\ndef function_{n}(x):\n    return x * {n} + {n} if x > {n} else {n}" for n in range(20))
    assert set(firsts(code)) == {"@cached"}


def test_what_is_too_long_is_cut_where_it_is_least_indented_and_never_before_a_bracket_that_closes() -> None:
    fields = ",\n".join(f'    "field{n}": {{\n      "type": "keyword",\n      "index": true\n    }}' for n in range(40))
    first, *rest = firsts(f'PUT /index\n{{\n  "mappings": {{\n{fields}\n  }}\n}}')
    assert first == "PUT /index" and all(line.startswith('"field') for line in rest)


def test_what_introduces_code_stays_with_it() -> None:
    code = "\n".join(f"value_{n} = compute({n})" for n in range(6))
    text = "".join(f"A sentence that says something about wings. {n}. Then do this:\n\n{code}\n\n" for n in range(8))
    assert not any(chunk.text.endswith(":") for chunk in chunks(text))


def test_an_item_is_not_cut() -> None:
    item = "- The wing was tested in air. It was tested again at another angle. Then it was taken home.\n"
    assert all(first.startswith("- The wing") for first in firsts(item * 20))


def test_a_title_is_not_left_alone() -> None:
    text = "Intro\n\n" + "A sentence about the wings of a bird in the air. " * 20 + "\n\nUsage\n\n"
    text += "Another sentence on how to use the wings of birds. " * 20
    assert not any(chunk.text.endswith("Usage") for chunk in chunks(text))


CONTENTS = "Table of Contents\n\n" + "".join(
    f"{n} Chapter {n} of the book .............. {n * 7}\n" for n in range(1, 60)
)
CHAPTER = "The wing was tested in a stream of air at several angles. " * 20


def test_a_table_of_contents_is_no_passage_and_all_else_is() -> None:
    found = chunks(f"Preface\n\nIt is short.\n\n{CONTENTS}\n\n{CHAPTER}")
    assert not any("...." in chunk.text or "Table of" in chunk.text for chunk in found)
    assert found[0].text == "Preface\n\nIt is short."
    assert found[-1].text.endswith("angles.")


def test_a_document_that_is_nothing_but_a_table_of_contents_is_found_all_the_same() -> None:
    assert "Chapter 59 of the book" in chunks(CONTENTS)[-1].text


def test_slides_are_kept_apart_and_the_path_of_one_does_not_reach_the_next() -> None:
    slide = "A slide says something about the wings of birds. " * 9
    text = f"First\n\n{slide}\n\n{slide}"
    second = len(f"First\n\n{slide}\n\n")
    found = chunks(
        text, headings=[Heading(0, 1, "First")], locators=[Locator(0, "slide", "1"), Locator(second, "slide", "2")]
    )
    assert [(chunk.start, chunk.headings) for chunk in found] == [(0, ("First",)), (second, ())]


def test_pages_do_not_part_sentences() -> None:
    text = CHAPTER
    assert chunks(text, locators=[Locator(100, "page", "2")]) == chunks(text)
