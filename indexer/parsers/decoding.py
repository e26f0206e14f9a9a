"""Bytes to text: byte order marks, UTF-8, what is declared, UTF-16 and UTF-32, then detection; binary junk is refused.

Which of them it is, the share of control characters decides: text has next to none, whatever its script, and a lone NUL
in a page of text makes it no binary file.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from charset_normalizer import from_bytes

from engine.errors import ParseFailed
from engine.text.language import detect
from indexer.parsers.alphabets import in_latin, other_script

_SAMPLE = 64 * 1024  # bytes looked at to tell an encoding, or text from binary
_MAX_CONTROL = 0.01  # share of control characters above which it is no text; noise has over 10%
_NOISE = 0.1  # share above which it is not even text in an old encoding, and no more is tried
_FORGIVEN = 16  # bytes, or characters, of a text that may have one control character whatever its share
_MAX_REPLACED = 0.001  # share of broken bytes up to which UTF-8 is still UTF-8
_MIN_READABLE = 0.9  # share of letters, marks, digits, punctuation, symbols and spaces in text of any script
_MAX_NULS = 0.1  # share of NULs up to which what is text without them is text; UTF-16 without a mark has more
_NARROW = 6  # bytes from which that is told for an even number of bytes
_MIN_KANA = 0.1  # share of Kana in Japanese text
_MAX_HIGH = 0.35  # share of characters beyond ASCII up to which a text may be Western

# UTF-32 before UTF-16: the little-endian mark of the one begins with that of the other.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = {"ca", "da", "de", "en", "es", "eu", "fi", "fr", "it", "nl", "no", "pt", "sv"}  # written in cp1252
_LATIN = ("cp125", "iso8859", "latin", "mac_", "hp_", "cp437", "cp850", "cp858")  # other alphabets of the same letters
_SHIFTED = ("cp932", "shift_jis", "shift_jis_2004", "shift_jisx0213")  # what KOI8-R is mistaken for
_CENTRAL = {"cs", "hr", "hu", "pl", "ro", "sk", "sl", "sr", "et", "lt", "lv", "tr"}  # written in one of those
_RUSSIAN_WORD = re.compile("[\u0400-\u042f]?[\u0430-\u045f]+|[\u0400-\u042f]+")
_RUSSIAN_NAME = re.compile("[\u0400-\u042f]?[\u0430-\u045f]+|[\u0410-\u042f]")
_FEW_LETTERS = 4  # of a Russian word that is not taken for two characters of another script
_KANA = re.compile("[\u3041-\u30fc]")
_WORD = re.compile(r"[^\W\d_]{3,}")
_PLAIN = re.compile("[A-Za-z]")
_CAPITAL_FIRST = re.compile("[\u0400-\u042f][\u0430-\u045f]+")
_CAPITAL_LAST = re.compile("[\u0430-\u045f][\u0400-\u042f]+")
_LONG = 2**20  # code points of which the words are looked at
_FEW_WORDS = 8  # beyond ASCII, too few to contradict a declaration
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1f]")  # also what separates records and their fields
_PAGE_BREAKS = re.compile(r"[\x0b\x0c]")
_UNWANTED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufeff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
# All that is replaced or removed by the others stands or begins with one of these, and most texts have none.
_ANY_OF_THEM = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x90-\x9f\ufeff\ud800-\udfff]")
_OVERSTRUCK = re.compile(r"[^\n\x08]\x08")  # a letter printed twice, for bold type: manual pages

# ECMA-48, section 5.4 and 8.3: control sequences (colours), control strings (window titles, links), other escapes. Each
# has a form with ESC and one with a single control character; after a character of the upper half of Latin-1 that is no
# control but a part of UTF-8 that was decoded wrongly.
_SEQUENCES = re.compile(
    r"""(?:\x1b\[|(?<![\x80-\xff])\x9b)[0-?]*+[ -/]*+(?:[@-~]|(?=\n|\Z))
      | (?:\x1b[\]PX^_]|(?<![\x80-\xff])[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]{0,4096}+(?:\x07|\x1b\\|\x9c)
      | \x1b[ -/]*+[0-~]""",
    re.VERBOSE,
)


def decode(data: bytes, declared: str | None = None, remarks: list[str] | None = None) -> str:
    """Text of `data`, cleaned. `declared` is the encoding that the document itself names; `remarks` receives
    what is lost.

    UTF-8 with a few broken bytes is read as UTF-8 with U+FFFD in their place: a guess at another encoding would spoil
    every accent to save one.

    Raises: ParseFailed: the bytes are binary, or in no known encoding.
    """
    return clean(_heard(data, declared, remarks))


def decode_lines(data: bytes, declared: str | None = None, remarks: list[str] | None = None) -> list[str]:
    """The lines of the same text as an editor numbers them, never none: the form feeds and vertical tabs that `decode`
    takes for line ends are left in them, as form feeds.
    """
    text = _heard(data, declared, remarks).replace("\r\n", "\n").replace("\r", "\n")
    return "\f".join(clean(page) for page in _PAGE_BREAKS.split(text)).split("\n")


def clean(text: str) -> str:
    """Line ends as newlines, no escape sequences and control characters, lone surrogates as U+FFFD: what UTF-8 and JSON
    can carry.
    """
    if _ANY_OF_THEM.search(text) is None:
        return text
    text = _OVERSTRUCK.sub("", _BREAKS.sub("\n", _SEQUENCES.sub("", text)))
    return _SURROGATES.sub("\ufffd", _UNWANTED.sub("", text))


def _heard(data: bytes, declared: str | None, remarks: list[str] | None) -> str:
    """The text as it is in the file; `remarks` receives what could not be told."""
    text = _decode(data, declared)
    broken = text.count("\ufffd") - data.count("\ufffd".encode())
    if remarks is not None and broken > 0:
        remarks.append(f"{broken} bytes or characters are in no known encoding; each is stored as U+FFFD.")
    return text


def _decode(data: bytes, declared: str | None) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(data.decode(encoding, errors="replace"))
    sample = data[:_SAMPLE]
    if b"\x1b$" in sample and (japanese := _strictly(data, "iso2022_jp")) is not None:
        return japanese
    if (text := _strictly(data, "utf-8")) is not None and not _looks_binary(text):
        return text
    if declared and (text := _as_declared(data, declared)) is not None and not _looks_binary(text):
        return text if _is_plausible(text) else _more_plausible(data, text)
    if (narrow := _without_nuls(data)) is not None:
        return narrow
    controls = len(_CONTROL_BYTES.findall(sample))
    if _too_many(controls, len(sample)) and (wide := _wide_encoding(sample)):
        return _checked(data.decode(wide, errors="replace"))
    if controls > max(_NOISE * len(sample), 1):
        raise _binary()
    return _checked(_detect(data))


def _strictly(data: bytes, encoding: str) -> str | None:
    return _in_encoding(data, encoding, "strict")


def _in_encoding(data: bytes, encoding: str, errors: str) -> str | None:
    """The text; None if there is no such encoding, or it has not these bytes."""
    try:
        return data.decode(encoding, errors)
    except (UnicodeError, LookupError, ValueError):  # ValueError: a name with a NUL in it
        return None


def _as_declared(data: bytes, declared: str) -> str | None:
    """The text in the declared encoding, with U+FFFD for a few broken bytes; None if it is not in that encoding."""
    if (text := _strictly(data, declared)) is not None:
        return text
    text = None if _is_utf8(data) else _in_encoding(data, declared, "replace")
    return text if text is not None and text.count("\ufffd") <= max(1, _MAX_REPLACED * len(data)) else None


def _is_plausible(text: str) -> bool:
    """Whether the words beyond ASCII look as words do: most Latin ones have a plain letter in them, and Cyrillic ones
    begin with their capital instead of ending in capitals. In another encoding than that of the text they seldom do.
    """
    words = [word for word in _WORD.findall(text[:_LONG]) if not word.isascii()]
    if len(words) < _FEW_WORDS:
        return True
    accents_alone = sum(max(word) < "\u0250" and _PLAIN.search(word) is None for word in words)
    capital_last = sum(_CAPITAL_LAST.fullmatch(word) is not None for word in words)
    capital_first = sum(_CAPITAL_FIRST.fullmatch(word) is not None for word in words)
    return 2 * accents_alone <= len(words) and capital_last <= capital_first


def _more_plausible(data: bytes, declared: str) -> str:
    """The text as detection has it, if it looks like words; else `declared`, as the document declares it."""
    try:
        detected = _detect(data)
    except ParseFailed:
        return declared
    return detected if _is_plausible(detected) and not _looks_binary(detected) else declared


def _checked(text: str) -> str:
    """The text; ParseFailed if it looks binary."""
    if _looks_binary(text):
        raise _binary()
    return text


def _looks_binary(text: str) -> bool:
    """Whether there are more control characters than in a text, those of escape sequences aside."""
    sample = _OVERSTRUCK.sub("", _SEQUENCES.sub("", text[:_SAMPLE]))
    return _too_many(len(_CONTROLS.findall(sample)), len(sample))


def _too_many(controls: int, length: int) -> bool:
    return controls > max(_MAX_CONTROL * length, 1 if length >= _FORGIVEN else 0)


def _without_nuls(data: bytes) -> str | None:
    """UTF-8 that a few NULs were written into; None for what else there is."""
    nuls = data.count(0)
    few = 0 < nuls <= max(1, _MAX_NULS * len(data)) and (len(data) % 2 == 1 or len(data) >= _NARROW)
    text = _strictly(data.replace(b"\0", b""), "utf-8") if few else None
    return None if text is None or _looks_binary(text) else text


def _wide_encoding(sample: bytes) -> str | None:
    """UTF-32 or UTF-16 without a mark, in any script; None if it is neither.

    Text of some scripts is valid UTF-16 in both byte orders: of the two bytes of a character, the higher one varies
    less.
    """
    for encoding, width in (("utf-32-le", 4), ("utf-32-be", 4)):
        if len(sample) >= width and _reads_as(sample, encoding):
            return encoding
    varieties = {"utf-16-le": len(set(sample[1::2])), "utf-16-be": len(set(sample[0::2]))}
    readable = [encoding for encoding in varieties if _reads_as(sample, encoding)]
    return min(readable, key=lambda encoding: varieties[encoding], default=None)


def _reads_as(sample: bytes, encoding: str) -> bool:
    """Whether the bytes are valid in an encoding, and the characters such as text has; symbols, of which noise has
    many, count where half of the characters are ASCII.
    """
    try:
        text = codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except UnicodeError:
        return False
    kinds = "LMNPSZ" if 2 * sum(map(str.isascii, text)) >= len(text) else "LMNPZ"
    readable = sum(unicodedata.category(character)[0] in kinds or character in "\r\n\t\f" for character in text)
    controls = len(_CONTROLS.findall(text))
    return bool(text) and readable >= _MIN_READABLE * len(text) and controls <= _MAX_CONTROL * len(text)


def _is_utf8(data: bytes) -> bool:
    """Whether it is UTF-8 with a few broken bytes."""
    text = data.decode("utf-8", errors="replace")
    multibyte = len(data) - len(text)  # bytes saved by sequences that were whole; negative in other encodings
    return text.count("\ufffd") <= max(1, _MAX_REPLACED * len(data)) and multibyte > text.count("\ufffd")


def _detect(data: bytes) -> str:
    if _is_utf8(data):
        return data.decode("utf-8", errors="replace")
    try:
        told = _by_statistics(data)
    except ParseFailed:
        if (text := other_script(data, "") or in_latin(data)) is None:
            raise
        return text
    return other_script(data, told) or in_latin(data) or told


def _by_statistics(data: bytes) -> str:
    sample = _sample_with_high_bytes(data)
    western = _strictly(data if len(data) <= _SAMPLE else sample, "cp1252")
    if western is not None and not _may_be_western(western):
        western = None
    language = None if western is None else detect(western)
    if language == "und":  # too short to tell: then it is the most common of the single-byte encodings
        return data.decode("cp1252", errors="replace")
    if western is None and (russian := _strictly(data, "cp1251")) is not None and _is_russian(russian):
        return russian
    best = from_bytes(sample).best()
    if best is None:
        raise _binary()
    if _mixes_scripts(str(best)) and (latin := _strictly(data, "cp1252")) and _PLAIN.search(latin):
        return latin
    if best.encoding.startswith(_LATIN) and (turkish := _strictly(data, "cp1254")) and detect(turkish) == "tr":
        return turkish
    # Of Latin alphabets, detection cannot tell one from the next; the language of the words can.
    if best.encoding.startswith(_LATIN) and (detect(str(best)) in _WESTERN or _is_western(western, str(best))):
        return data.decode("cp1252", errors="replace")
    if best.multi_byte_usage and (japanese := _strictly(data, "euc_jp")) is not None and _has_kana(japanese):
        return japanese
    russian = _strictly(data, "koi8_r") if best.multi_byte_usage or best.encoding in _SHIFTED else None
    if russian is not None and _is_cyrillic(russian):
        return russian
    return data.decode(best.encoding, errors="replace")


def _is_cyrillic(text: str) -> bool:
    """Whether the words are Cyrillic throughout, with a capital at their beginning at most: in any other encoding of
    the same bytes, capitals would stand in the midst of words.
    """
    words = re.findall(r"[^\W\d_]+", text)
    usual = sum(_RUSSIAN_WORD.fullmatch(word) is not None for word in words)
    return len(words) > 1 and usual >= _MIN_READABLE * len(words) and sum(map(len, words)) >= 3 * len(words)


def _is_russian(text: str) -> bool:
    """Whether a text in cp1251, of a single word even, cannot be much else: Cyrillic throughout, with capitals where
    words begin, and with capitals or letters that Hebrew has not at the same places.
    """
    words = re.findall(r"[^\W\d_]+", text)
    usual = sum(_RUSSIAN_NAME.fullmatch(word) is not None for word in words)
    own = re.search("[\u0410-\u042f\u044b\u044d-\u044f]", text) is not None
    return own and usual >= _MIN_READABLE * len(words) and sum(map(len, words)) >= _FEW_LETTERS


def _mixes_scripts(text: str) -> bool:
    """Whether a word has plain letters and others than Latin ones, as no language writes them."""
    words = re.findall(r"[^\W\d_]+", text)
    return any(_PLAIN.search(word) is not None and max(word) > "\u024f" for word in words)


def _has_kana(text: str) -> bool:
    return len(_KANA.findall(text)) >= _MIN_KANA * len(text)


def _is_western(western: str | None, detected: str) -> bool:
    """Whether a text of few characters beyond ASCII is in none of the languages of the other Latin alphabets."""
    return western is not None and detect(detected) not in _CENTRAL


def _may_be_western(text: str) -> bool:
    """Whether few characters are beyond ASCII: so it is in the Western languages, and in those of no other script."""
    characters = "".join(text.split())
    return sum(not character.isascii() for character in characters) <= max(1, _MAX_HIGH * len(characters))


def _sample_with_high_bytes(data: bytes) -> bytes:
    """A sample from the word with the first byte beyond ASCII: what comes before says nothing of the encoding."""
    match = re.search(rb"[\x80-\xff]", data)
    start = max(data.rfind(space, 0, match.start()) for space in (b" ", b"\n")) + 1 if match else 0
    return data[start : start + _SAMPLE]


def _binary() -> ParseFailed:
    return ParseFailed(
        "The file is binary, not text.", "Rename it with the suffix of its real format, or leave it out."
    )
