"""Single-byte encodings told by letters: which languages write with those that the bytes stand for.

Two kinds of text, by their words beyond ASCII. Where these have plain letters too, the script is Latin, and a decoding
is plausible where one language has all its accented letters. Where they have none, the script is another, and the
decoding counts whose letters are the most frequent ones of a language; capitals in the midst of words, signs between
letters and Thai vowels without a consonant are what other encodings give.
"""

from __future__ import annotations

import re

from engine.text.language import probabilities

# The letters of a language, the most frequent first.
_LETTERS = {
    "ru": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "uk": "оаинівертслкдмупязьбгчйхжцюєїшфщґ",
    "he": "יהולארתבמשםענכדןחקפסזטגצךףץ",
    "el": "αοιετσνηυρπκμλςωδγχθφβξζψίάόέήώύϊϋΐΰ",
    "ar": "اليمنرتوبةعدسفهكقحجأشطصخإىضذزثغءئظؤآ",
    "th": "านรกเงอมย่ลวด้ทสตะปบคิหีั์แจพชขใไโุูำผถซธศญณฐภึื็ฉฎฏฟฝฮฬๆ๊๋ษ",
}
_ENCODINGS = {
    "ru": ("cp1251", "koi8_u", "mac_cyrillic", "cp866", "iso8859_5"),
    "uk": ("cp1251", "koi8_u", "mac_cyrillic", "cp1125", "iso8859_5"),
    "he": ("cp1255", "cp862"),
    "el": ("cp1253",),
    "ar": ("cp1256",),
    "th": ("cp874",),
}
_STRANGE = 6.0  # what a letter costs that the language has not, or a sign between letters
_SHOUTED = 0.25  # what a letter of a word in capitals costs
_FIRST, _LAST = 2.2, 6.0  # what its most and its least frequent letter cost: about their information in nats
_RARER = 0.1  # what a language's next encoding costs: they stand by how usual they are
_SIGN = 4.0  # what a sign beyond ASCII costs that texts have, such as a quotation mark
_USUAL = 4.2  # the most that a letter of a language's text costs on average
_SURE = 3.5  # the same where the text was read as one of fewer characters beyond ASCII, such as Chinese
_BETTER = 0.2  # by how much less another decoding must cost

# The accented letters of a language that is written in Latin ones.
_ACCENTS = {
    "en": "éèêëïîôöüñçàâæœåøäáíóú",
    "de": "äöüßé",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "es": "áéíñóúü",
    "pt": "áâãàçéêíóôõúü",
    "it": "àèéìíîòóùú",
    "nl": "áéëèïíóöüú",
    "ca": "àçèéíïòóúü·",
    "sv": "åäöé",
    "fi": "äöåšž",
    "da": "æøåé",
    "no": "æøåéòóô",
    "is": "áðéíóúýþæö",
    "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýž",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "hu": "áéíóöőúüű",
    "ro": "ăâîşţ",
    "hr": "čćđšž",
    "sl": "čšž",
    "tr": "çğıöşüâîi̇",
}
_WESTERN = "cp1252"
_CENTRAL = {"pl", "cs", "sk", "hu", "ro", "hr", "sl"}
_LATIN_ENCODINGS = {
    _WESTERN: _ACCENTS.keys() - _CENTRAL - {"tr"},
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp1254": {"tr"},
}
_MOST_HIGH = 0.6  # share of the letters that may have accents
_WESTERN_FIRST = 3.0  # how many times as probable a Western text is

_HIGH, _PLAIN = re.compile(rb"[\x80-\xff]"), re.compile(rb"[A-Za-z]")
_WORD = re.compile(r"[^\W\d_]+")
_HIGH_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
# A sign between letters, or a control character or a line of a drawing: what no text has.
_SPOILT = re.compile(
    r"[^\W\d_][\u0080-\u00ac\u00ae-\u00b6\u00b8-\u00bf\u00d7\u00f7\u2116]+[^\W\d_]|[\u0080-\u009f\u2500-\u25ff]"
)
_SIGNS = "«»–—“”„’…№§°\u00a0"
# A Thai vowel or tone with nothing to stand on, a letter in the midst of a word that only ends words, a Greek word
# without an accent, Cyrillic consonants without a vowel, and a line of a drawing beside a letter.
_MISPLACED = re.compile(
    "(?<![\u0e01-\u0e2e\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
    "|[ςםןץףך](?=[^\\W\\d_])"
    "|\\b(?-i:[α-ω]{3,})\\b"
    "|\\b[бвгджзйклмнпрстфхцчшщьъ]{3,}\\b|[бвгджзйклмнпрстфхцчшщьъ]{5,}"
    "|[^\\W\\d_][\u2500-\u259f]|[\u2500-\u259f][^\\W\\d_]",
    re.IGNORECASE,
)
_FEWEST = 4  # letters that tell a script


def other_script(data: bytes, told: str) -> str | None:
    """The text in another script than Latin; None where it is not in one, or where `told`, as it was read before, is
    as good.
    """
    words = _HIGH_WORD.findall(data)
    letters = sum(map(len, words))
    alone = [word for word in words if not _PLAIN.search(word)]
    if letters < _FEWEST or letters < 2 * len(words) or sum(map(len, alone)) < 0.9 * letters:
        return None
    costs: dict[str, float] = {}
    for language, encodings in _ENCODINGS.items():
        for place, encoding in enumerate(encodings):
            if (text := _decoded(data, encoding)) is not None:
                cost = _cost(text, language) + _RARER * place
                costs[text] = min(cost, costs.get(text, cost))
    best = min(costs, key=costs.__getitem__, default=None)
    is_longer = sum(not character.isascii() for character in told) < letters
    if best is None or best == told or costs[best] > (_SURE if is_longer else _USUAL) * letters:
        return None
    return best if is_longer or costs[best] + _BETTER < min(_cost(told, code) for code in _LETTERS) else None


def in_latin(data: bytes) -> str | None:
    """The text in Latin letters, all of whose accented ones one language has; None where no decoding gives that."""
    high = len(_HIGH.findall(data))
    if high > _MOST_HIGH * (high + len(_PLAIN.findall(data))):
        return None
    shares: dict[str, float] = {}
    for encoding, languages in _LATIN_ENCODINGS.items():
        if (text := _decoded(data, encoding)) is not None:
            accents = {letter for letter in text.lower() if not letter.isascii() and letter.isalpha()} - set("ªºµ")
            if encoding == _WESTERN and not accents and not _SPOILT.search(text):
                return None  # signs only
            able = [code for code in languages if accents.issubset(_ACCENTS[code])] if accents else []
            if able and not _SPOILT.search(text):
                told = probabilities(text)
                share = sum(told.get(code, 0.0) for code in able) * (_WESTERN_FIRST if encoding == _WESTERN else 1.0)
                shares[text] = max(shares.get(text, 0.0), share)
    return max(shares, key=shares.__getitem__, default=None)


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _cost(text: str, language: str) -> float:
    """How far the letters beyond ASCII are from those that a language uses most, in nats or so."""
    letters = _LETTERS[language]
    cost = 0.0
    for character in text:
        if not character.isascii():
            place = letters.find(character.lower())
            missing = _SIGN if character in _SIGNS else _STRANGE
            cost += missing if place < 0 else _FIRST + (_LAST - _FIRST) * place / len(letters)
    for word in _WORD.findall(text):
        if word.isupper() and len(word) > 1:
            cost += _SHOUTED * len(word)
        elif not word.isascii():
            cost += _STRANGE / 2 * sum(letter.isupper() for letter in word[1:])
    return cost + _STRANGE * len(_MISPLACED.findall(text))
