"""Encodings told apart, binary refused, text cleaned."""

from __future__ import annotations

import random

import pytest

from engine.errors import ParseFailed
from indexer.parsers.decoding import clean, decode
from indexer.parsers.text import TextParser

GERMAN = "Äpfel, Öl und Übermut: die Straße hinauf, gemütlich über Brücken und Plätze, früh am Morgen. " * 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_encodings_are_read_with_and_without_mark(encoding):
    text = "Grüße aus Köln\nund 天地" if encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32") else GERMAN
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-1"])
def test_western_single_byte_text_is_detected(encoding):
    assert decode(GERMAN.encode(encoding)) == GERMAN


def test_what_is_beyond_the_sample_decides_too():
    text = "plain words only. " * 10_000 + GERMAN
    assert decode(text.encode("cp1252")) == text


FRENCH = "Le château de la forêt était très élevé, où les élèves français reçoivent leçon après leçon. L’œuvre. "
SPANISH = "El niño comió piñas en el jardín mañana, ¿cuándo? ¡Ah! La acción continúa en la sesión. "
ENGLISH = "The committee’s report – published in May – says “nothing of note” about the £20 spent at the café. "
POLISH = "Zażółć gęślą jaźń. W Szczebrzeszynie chrząszcz brzmi w trzcinie i Szczebrzeszyn z tego słynie. " * 3


@pytest.mark.parametrize(
    ("text", "encoding"), [(FRENCH, "cp1252"), (SPANISH, "cp1252"), (ENGLISH, "cp1252"), (POLISH, "cp1250")]
)
def test_latin_alphabets_are_told_apart(text, encoding):
    assert decode(text.encode(encoding)) == text


def test_cyrillic_and_japanese_are_detected():
    russian = "Широкая электрификация южных губерний даст мощный толчок подъёму сельского хозяйства. " * 4
    japanese = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。" * 6
    assert decode(russian.encode("cp1251")) == russian
    assert decode(japanese.encode("shift_jis")) == japanese


def test_a_declared_encoding_is_used():
    assert decode("Ł".encode("iso-8859-2"), declared="iso-8859-2") == "Ł"
    assert decode("é".encode(), declared="nonsense") == "é"


def test_utf8_with_one_broken_byte_keeps_its_accents():
    data = (GERMAN * 20).encode()
    broken = data[:1000] + b"\xff" + data[1000:]
    assert decode(broken).replace("\ufffd", "") == GERMAN * 20


@pytest.mark.parametrize("size", [40, 5000])
def test_noise_is_binary(size):
    data = bytes(random.Random(3).choices([*range(1, 32), *range(127, 256)], k=size))
    with pytest.raises(ParseFailed, match="binary"):
        decode(data)


def test_a_picture_named_txt_is_binary():
    with pytest.raises(ParseFailed, match="binary"):
        TextParser().parse(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200), name="photo.txt")


def test_clean_leaves_what_utf8_can_carry():
    assert clean("a\r\nb\rc\x0cd\0e\ud800f\x1b\ufeff") == "a\nb\nc\nde\ufffdf"


def test_text_parser_takes_its_title_from_the_file_name():
    parsed = TextParser().parse(b"\n Some text.\n\n", name="field notes.v2.txt")
    assert (parsed.title, parsed.text, parsed.headings) == ("field notes.v2", "Some text.", ())
