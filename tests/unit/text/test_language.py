"""Languages told apart, and left open where they cannot be."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from engine.text.language import LANGUAGES, detect, is_elsewhere, is_outside
from indexer.parsers import parser_for
from tests.support.shared_data import ROOT, shared, unpacked

SENTENCES = {
    "ar": "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق، وقد وهبوا عقلًا وضميرًا",
    "da": "Alle mennesker er født frie og lige i værdighed og rettigheder. De er udstyret med fornuft.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "en": "All human beings are born free and equal in dignity and rights.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos.",
    "fi": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
    "hu": "Minden emberi lény szabadon születik és egyenlő méltósága és joga van.",
    "it": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti.",
    "ja": "すべての人間は、生まれながらにして自由である。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "nl": "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren.",
    "pt": "Todos os seres humanos nascem livres e iguais em dignidade e em direitos.",
    "ro": "Toate ființele umane se nasc libere și egale în demnitate și în drepturi.",
    "ru": "Все люди рождаются свободными и равными в своём достоинстве и правах.",
    "sv": "Alla människor är födda fria och lika i värde och rättigheter.",
    "ta": "மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்",
    "tr": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.",
    "zh": "人人生而自由，在尊严和权利上一律平等。",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_one_sentence_is_enough(language: str) -> None:
    assert detect(SENTENCES[language]) == language
    assert language in LANGUAGES


@pytest.mark.parametrize(
    "text", ["", " \n", "42", "E = mc2", "OK then", "|---|---|", "x_1 = foo(bar); // baz", "\ufffd" * 99]
)
def test_what_says_too_little_is_undetermined(text: str) -> None:
    assert detect(text) == "und"


def test_scripts_decide_in_mixed_text() -> None:
    assert detect("天地玄黄 in few words") == "zh"
    assert detect("これはペンです") == "ja"
    assert detect("中国菜里的「のり」是海苔，产于沿海各省，冬天采收，晒干以后可以保存一年。") == "zh"
    assert detect("The character 天 means heaven, and it is one of the first that children learn to write.") == "en"


def test_code_does_not_hide_the_language_of_the_prose() -> None:
    code = 'curl -XPOST "localhost:9200/_search?pretty" -d \'{"query": {"match_all": {}}}\'\n{ "took": 5, }\n'
    assert detect(code * 3 + "The request above returns all of the documents in the index.\n" + code) == "en"
    assert detect(code * 3 + "Die Anfrage oben gibt alle Dokumente zurück, die im Index liegen.\n" + code) == "de"


def test_capitals_are_read_as_words() -> None:
    assert detect("ALL HUMAN BEINGS ARE BORN FREE AND EQUAL IN DIGNITY AND RIGHTS.") == "en"


def test_scientific_english() -> None:
    with gzip.open(shared("data", "scifact", "corpus.jsonl.gz")) as stream:
        texts = [json.loads(line)["text"] for line in stream]
    found = Counter(detect(text) for text in texts[::5])
    assert found["en"] / found.total() >= 0.995


def test_documentation_full_of_code(tmp_path: Path) -> None:
    found: Counter[str] = Counter()
    for name in ("opensearch-docs", "vespa-docs"):
        files = sorted(path for path in unpacked(name, tmp_path / name).rglob("*.*") if path.is_file())
        for path in files[::6]:
            parser = parser_for(path.name)
            if parser is not None:
                found[detect(parser.parse(path.read_bytes(), name=path.name).text)] += 1
    assert found["en"] / found.total() >= 0.985


def test_the_sample_collection() -> None:
    folders = {"deutsch": "de", "espanol": "es", "francais": "fr", "zhongwen": "zh"}
    articles = ROOT / "data" / "sample" / "articles"
    for path in sorted(articles.rglob("*.md")):
        parser = parser_for(path.name)
        assert parser is not None
        text = parser.parse(path.read_bytes(), name=path.name).text
        assert detect(text) == folders.get(path.relative_to(articles).parts[0], "en"), path.name


@pytest.mark.parametrize("word", ["x", "A", "http", "ж", "a-", "a.", "aB", "日", "a:", "\n", "; ", "{ "])
def test_a_question_of_one_endless_word_is_read_in_one_pass(word: str) -> None:
    question = word * 300_000  # with a step back for each character it would take hours
    assert not is_outside(question, {"en", "ru", "zh"}, {"en"})
    is_elsewhere(question, {"en"})
