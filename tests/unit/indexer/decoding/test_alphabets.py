"""Single-byte encodings of many languages, in long texts and short ones."""

from __future__ import annotations

import pytest

from indexer.parsers.decoding import decode

CYRILLIC = ("cp1251", "koi8_r", "cp866", "mac_cyrillic", "iso8859_5")
CENTRAL = ("cp1250", "iso8859_2")
WESTERN = ("cp1252", "latin_1")

SENTENCES: list[tuple[tuple[str, ...], str]] = [
    (("cp1255", "iso8859_8", "cp862"), "שלום עולם"),
    (("cp1255", "iso8859_8", "cp862"), "הספר נמצא על השולחן"),
    (("cp1255", "iso8859_8", "cp862"), "התחנה סגורה בשבת"),
    (("cp1255", "iso8859_8", "cp862"), "הספרייה נפתחת בבוקר ונסגרת בערב, והכניסה אליה חופשית לכל תושבי העיר."),
    (("cp874", "tis_620"), "สวัสดี"),
    (("cp874", "tis_620"), "แมวนอนบนเก้าอี้"),
    (("cp874", "tis_620"), "ร้านปิดวันอาทิตย์"),
    (("cp874", "tis_620"), "ห้องสมุดเปิดทุกวันตั้งแต่เช้าจนถึงเย็น และทุกคนเข้าชมได้โดยไม่เสียค่าใช้จ่าย"),
    (CYRILLIC, "Привет мир"),
    (CYRILLIC, "Книга лежит на столе"),
    (CYRILLIC, "Расписание поездов и автобусов"),
    (CYRILLIC, "Библиотека открыта каждый день с утра до вечера, и вход для всех жителей города свободный."),
    (CYRILLIC[:4], "ИНСТРУКЦИЯ ПО ЭКСПЛУАТАЦИИ"),
    (CYRILLIC[:4], "БИБЛИОТЕКА ОТКРЫТА КАЖДЫЙ ДЕНЬ"),
    (("cp1251", "koi8_u", "mac_cyrillic", "cp1125"), "Книга лежить на столі"),
    (
        ("cp1251", "koi8_u", "mac_cyrillic"),
        "Бібліотека відкрита щодня з ранку до вечора, і вхід для всіх мешканців вільний.",
    ),
    (("cp1253", "iso8859_7"), "Το βιβλίο είναι πάνω στο τραπέζι"),
    (("cp1256",), "الكتاب على الطاولة"),
    (WESTERN, "ÜBERSICHT ÄRZTE"),
    (WESTERN, "GRÖSSE UND MAß"),
    (WESTERN, "ÖFFNUNGSZEITEN FÜR GÄSTE"),
    (WESTERN, "RÉSUMÉ GÉNÉRAL"),
    (WESTERN, "ÉTÉ À LA PLAGE"),
    (WESTERN, "AÑO ESPAÑOL"),
    (WESTERN, "ÅRSMÖTE"),
    (WESTERN, "FÖRSÄKRING FÖR ÄLDRE"),
    (WESTERN, "INFORMAÇÃO E EDUCAÇÃO"),
    (WESTERN, "PERCHÉ LA CITTÀ È BELLA"),
    (WESTERN, "Straße"),
    (WESTERN, "Le café est fermé l'été"),
    (WESTERN, "Hún er á ferð með þér í dag"),
    (WESTERN, "Blåbærgrød på øen"),
    (WESTERN, "La col·lecció és a la plaça"),
    (WESTERN, "45°, 5 µm, 3 × 4, ½ l"),
    (CENTRAL, "Książka leży na stole"),
    (CENTRAL, "Biblioteka jest otwarta codziennie od rana do wieczora, a książki można wypożyczać."),
    (CENTRAL, "Kniha leží na stole u okna a čeká na čtenáře"),
    (CENTRAL, "Knihovna je otevřena každý den od rána do večera a knihy si můžete půjčit."),
    (CENTRAL, "A könyv az asztalon fekszik és várja az olvasót"),
    (CENTRAL, "A könyvtár reggeltől estig nyitva tart; őszintén üdvözöljük."),
    (CENTRAL, "Cartea este pe masă în cameră"),
    (CENTRAL, "Kniha leží na stole a čaká na čitateľa"),
    (CENTRAL, "Knjiga leži na stolu, čeka čitača i šuti"),
    (CENTRAL, "Knjiga leži na mizi in čaka na človeka, ki želi brati"),
    (("cp1254", "iso8859_9"), "Kitap masanın üstünde duruyor, çok güzel bir gün"),
    (("shift_jis", "euc_jp"), "図書館は毎日朝から夕方まで開いています。"),
    (("gb18030",), "图书馆每天从早到晚开放，市民可以免费进入。"),
    (("euc_kr",), "도서관은 매일 아침부터 저녁까지 열려 있습니다."),
    (("big5",), "圖書館每天從早到晚開放，市民可以免費進入，也可以把書借回家看。"),
]


@pytest.mark.parametrize(
    ("encoding", "text"), [(encoding, text) for encodings, text in SENTENCES for encoding in encodings]
)
@pytest.mark.parametrize("times", [1, 20])
def test_an_encoding_is_told_by_the_letters(encoding: str, text: str, times: int) -> None:
    text = "\n".join([text] * times)
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", [text for _, text in SENTENCES])
def test_utf8_comes_first(text: str) -> None:
    assert decode(text.encode()) == text


@pytest.mark.parametrize(("encodings", "text"), SENTENCES)
def test_letters_among_much_else_are_told(encodings: tuple[str, ...], text: str) -> None:
    """After much plain text, and in lines of a table."""
    table = "\n".join(f"{number}\t{text}\t{number * 7}" for number in range(12))
    assert decode(table.encode(encodings[0])) == table
