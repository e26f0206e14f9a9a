"""Encodings told apart, binary refused, text cleaned."""

from __future__ import annotations

import random
from typing import Any

import pytest

from engine.errors import ParseFailed
from indexer.parsers import decoding
from indexer.parsers.decoding import clean, decode
from indexer.parsers.text import TextParser

GERMAN = "Äpfel, Öl und Übermut: die Straße hinauf, gemütlich über Brücken und Plätze, früh am Morgen. " * 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_encodings_are_read_with_and_without_mark(encoding: str) -> None:
    text = "Grüße aus Köln\nund 天地" if encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32") else GERMAN
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-1"])
def test_western_single_byte_text_is_detected(encoding: str) -> None:
    assert decode(GERMAN.encode(encoding)) == GERMAN


def test_what_is_beyond_the_sample_decides_too() -> None:
    text = "plain words only. " * 10_000 + GERMAN
    assert decode(text.encode("cp1252")) == text


FRENCH = "Le château de la forêt était très élevé, où les élèves français reçoivent leçon après leçon. L’œuvre. "
SPANISH = "El niño comió piñas en el jardín mañana, ¿cuándo? ¡Ah! La acción continúa en la sesión. "
ENGLISH = "The committee’s report – published in May – says “nothing of note” about the £20 spent at the café. "
POLISH = "Zażółć gęślą jaźń. W Szczebrzeszynie chrząszcz brzmi w trzcinie i Szczebrzeszyn z tego słynie. " * 3


@pytest.mark.parametrize(
    ("text", "encoding"), [(FRENCH, "cp1252"), (SPANISH, "cp1252"), (ENGLISH, "cp1252"), (POLISH, "cp1250")]
)
def test_latin_alphabets_are_told_apart(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_cyrillic_and_japanese_are_detected() -> None:
    russian = "Широкая электрификация южных губерний даст мощный толчок подъёму сельского хозяйства. " * 4
    japanese = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。" * 6
    assert decode(russian.encode("cp1251")) == russian
    assert decode(japanese.encode("shift_jis")) == japanese


def test_a_declared_encoding_is_used() -> None:
    assert decode("Ł".encode("iso-8859-2"), declared="iso-8859-2") == "Ł"
    assert decode("é".encode(), declared="nonsense") == "é"


def test_utf8_with_one_broken_byte_keeps_its_accents() -> None:
    data = (GERMAN * 20).encode()
    broken = data[:1000] + b"\xff" + data[1000:]
    assert decode(broken).replace("\ufffd", "") == GERMAN * 20


@pytest.mark.parametrize("size", [40, 5000])
def test_noise_is_binary(size: int) -> None:
    data = bytes(random.Random(3).choices([*range(1, 32), *range(127, 256)], k=size))
    with pytest.raises(ParseFailed, match="binary"):
        decode(data)


def test_a_picture_named_txt_is_binary() -> None:
    with pytest.raises(ParseFailed, match="binary"):
        TextParser().parse(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200), name="photo.txt")


@pytest.mark.parametrize(
    "text",
    [
        "Genève",
        "El niño comió piñas",
        "20 €",
        "45°, 5 µm",
        "Größe: 5 m²",
        "São Paulo",
        "“quoted” – yes",
        "Müller & Söhne",
        "Åsa är på ön",
        "Där är en å",
        "çà et là",
        "¿Qué?",
        "¡Olé!",
        "não é",
        "è già",
        "Pâté à l’été",
    ],
)
def test_a_few_words_beyond_ascii_are_western(text: str) -> None:
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Привет, мир! Как дела сегодня вечером? Мы поехали на рынок за хлебом.", "koi8-r"),
        ("Привет, мир", "koi8-r"),
        ("Привет, мир! Как дела", "cp1251"),
        ("Привет, как дела? Это русский текст про реку.", "cp1251"),
        ("Привет", "cp1251"),
        ("Протокол заседания\nот 3 марта\n", "cp1251"),
        ("日本語の文章です。今日は天気がいいですね。散歩に行きましょう。", "euc_jp"),
        ("東京都千代田区の役所", "euc_jp"),
        ("今天天气很好，我们去公园吧。", "gb18030"),
        ("오늘은 날씨가 좋네요. 산책하러 갑시다.", "euc_kr"),
        ("Türkiye'nin başkenti İstanbul değil Ankara'dır", "cp1254"),
        ("Καλημέρα κόσμε, τι κάνεις σήμερα το πρωί;", "cp1253"),
        ("我們今天去市場買了很多新鮮的蔬菜和水果，然後回家做晚飯。天氣非常好，大家都很高興。", "big5"),
        ("日本語の文章です。", "iso2022_jp"),
    ],
)
def test_other_scripts_are_still_told(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text",
    [
        "養蜂家の会合の議事録です。四月に開かれました。\n",
        "今天天气很好，我们去公园吧。\n",
        "안녕하세요. 오늘은 날씨가 좋습니다.\n",
        "Привет\nмир",
        "plain English",
        "25° C",
        "£5",
        "→ next",
        "1+1=2",
        "$100 + $200 = $300",
        "hello 🦉 world 🦉",
        "<p>ok</p>",
    ],
)
def test_wide_encodings_need_no_mark_in_any_script(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_one_nul_makes_no_binary_file() -> None:
    line = b"Minutes of the beekeepers' meeting in April.\n"
    assert decode(line * 20 + b"a\0b" + line * 20) == (line * 20 + b"ab" + line * 20).decode()
    assert decode(GERMAN.encode("cp1252") + b"\0") == GERMAN
    assert decode(b"<html><body><p>a\0b</p></body></html>") == "<html><body><p>ab</p></body></html>"
    assert decode("Ein Wort, zwei.".encode("utf-16-le")) == "Ein Wort, zwei."


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"good\0", "good"),
        (b"\0good", "good"),
        (b"note\0s", "notes"),
        (b"id,name\n1,\0\n", "id,name\n1,\n"),
        (b"first line\0second line\0third", "first linesecond linethird"),
        ("Genève\0".encode(), "Genève"),
    ],
)
def test_a_few_nuls_in_a_short_text_make_it_neither_binary_nor_wide(data: Any, text: Any) -> None:
    assert decode(data) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a \x1b[31mFATAL\x1b[0m b", "a FATAL b"),
        ("\x1b[1;38;5;196mERR\x1b[m", "ERR"),
        ("\x9b1;31mERR\x9b0m", "ERR"),
        ("\x1b]0;window title\x07prompt", "prompt"),
        ("\x1b]8;;http://x.y\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9d0;title\x9cprompt", "prompt"),
        ("\x1b(Bplain\x1b7", "plain"),
        ("cut off\x1b[31", "cut off"),
        ("N\x08NA\x08AM\x08ME\x08E", "NAME"),
    ],
)
def test_escape_sequences_go_whole(text: str, seen: str) -> None:
    assert clean(text) == seen
    assert decode(f"The log:\n{text}".encode()) == f"The log:\n{seen}"


@pytest.mark.parametrize("sign", "–—‘’“”…€™ÐÝßà")
def test_text_that_was_decoded_wrongly_before_is_lost_nowhere(sign: str) -> None:
    twice = f"He said {sign}that's it{sign} and left.".encode().decode("latin-1")
    assert clean(twice) == twice
    assert clean(f"{twice} \x1b[0mend") == f"{twice} end"


def test_what_cannot_be_read_is_said() -> None:
    remarks: list[str] = []
    decode((GERMAN * 20).encode() + b"\xff", remarks=remarks)
    assert len(remarks) == 1 and "1 bytes" in remarks[0]
    decode("a \ufffd of its own".encode(), remarks=remarks)
    assert len(remarks) == 1


def test_clean_leaves_what_utf8_can_carry() -> None:
    assert clean("a\r\nb\rc\x0cd\0e\ud800f\x1b\ufeff") == "a\nb\nc\nde\ufffdf"


def test_text_parser_takes_its_title_from_the_file_name() -> None:
    parsed = TextParser().parse(b"\n Some text.\n\n", name="field notes.v2.txt")
    assert (parsed.title, parsed.text, parsed.headings) == ("field notes.v2", "Some text.", ())


def test_bytes_full_of_control_characters_are_refused_without_trying_every_encoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decoding, "_detect", lambda data: pytest.fail("tried"))
    for data in (b"\0" * 5000, bytes(range(256)) * 20):
        with pytest.raises(ParseFailed, match="binary"):
            decode(data)
