"""Function words: what a language needs to make sentences of words, and what tells nothing of their subject.

Closed classes of the grammars only: articles, pronouns, prepositions, conjunctions, auxiliaries, question words. A word
that can be a subject ("will", "may" apart, which questions begin with) is not among them. Languages without a list of
ours have tantivy's, which are Snowball's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import tantivy

from engine.lexical.stemmers import stemmer_language
from engine.lexical.unicode import normalise
from engine.lexical.words import split_words

_WORDS = {
    "en": (
        "a an the this that these those i me my mine myself we us our ours ourselves you your yours yourself he "
        "him his himself she her hers herself it its itself they them their theirs themselves who whom whose "
        "which what when where why how am is are was were be been being have has had having do does did doing "
        "done can could may might must shall should will would ought and or but nor if then than so because as "
        "until while although though whether unless since of at by for with about into through during before "
        "after above below to from up down in out on off over under again there here all any both each few more "
        "most other some such no not only own same too very just also between among against within without upon "
        "per via let lets get gets got there's i'm i've i'd i'll it's that's what's don't doesn't didn't isn't "
        "aren't wasn't weren't can't cannot couldn't won't wouldn't shouldn't haven't hasn't hadn't"
    ),
    "de": (
        "der die das den dem des ein eine einer eines einem einen kein keine keiner keines keinem keinen ich mich "
        "mir mein meine meiner meines meinem meinen du dich dir dein deine deiner deinem deinen er ihn ihm sein "
        "seine seiner seines seinem seinen sie ihr ihre ihrer ihres ihrem ihren es wir uns unser unsere unserer "
        "unserem unseren euch euer man sich selbst dieser diese dieses diesem diesen jener jene jenes jeder jede "
        "jedes jedem jeden alle aller alles allem allen wer wen wem wessen was welcher welche welches welchem "
        "welchen wann wo wohin woher warum weshalb wieso wie wieviel bin bist ist sind seid war warst waren "
        "gewesen habe hast hat haben hatte hatten gehabt werde wirst wird werden wurde wurden geworden kann "
        "kannst können könnte könnten muss musst müssen musste darf darfst dürfen soll sollst sollen sollte will "
        "wollen möchte und oder aber denn sondern doch wenn falls dass ob weil da als während bevor nachdem damit "
        "obwohl sowie in im an am auf aus bei beim mit nach seit von vom zu zum zur für durch ohne um gegen über "
        "unter vor hinter neben zwischen wegen trotz bis nicht nur auch noch schon sehr so dann hier dort"
    ),
    "fr": (
        "le la les l un une des du de d au aux ce cet cette ces je j me m moi mon ma mes tu te t toi ton ta tes "
        "il elle on lui se s soi son sa ses nous notre nos vous votre vos ils elles eux leur leurs y en qui que "
        "qu quoi dont où quel quelle quels quelles lequel laquelle quand comment pourquoi combien suis es est "
        "sommes êtes sont étais était étaient été être ai as a avons avez ont avais avait avaient eu avoir sera "
        "seront serait aura auront fait faire peut peuvent pouvoir doit doivent devoir et ou mais donc or ni car "
        "si comme lorsque puisque parce afin dans sur sous avec sans pour par chez entre vers depuis pendant "
        "avant après contre jusque ne n pas plus non aussi très tout tous toute toutes même cela ça ceci c"
    ),
    "es": (
        "el la los las lo un una unos unas de del al a este esta estos estas ese esa esos esas aquel aquella yo "
        "me mi mis mí tú te ti tu tus él ella se su sus nos nosotros nuestro nuestra os vosotros ellos ellas les "
        "le usted ustedes que qué quien quién quienes cual cuál cuales cuáles cuyo cuando cuándo donde dónde como "
        "cómo cuanto cuánto cuántos por qué porque soy eres es somos son era eran fue fueron ser sido estoy está "
        "están estar estaba he has ha hemos han había haber hay puede pueden puedo poder debe deben deber y e o u "
        "pero sino ni si aunque pues en con sin para sobre entre hasta desde hacia contra durante según no muy "
        "más también ya todo toda todos todas"
    ),
    "it": (
        "il lo la i gli le l un uno una di del dello della dei degli delle a al allo alla ai agli alle da dal "
        "dallo dalla dai dagli dalle in nel nello nella nei negli nelle su sul sullo sulla sui sugli sulle con "
        "per tra fra io mi me mio mia miei mie tu ti te tuo tua lui lei si suo sua suoi sue noi ci nostro nostra "
        "voi vi loro che chi cui quale quali quando dove come perché quanto quanti quanta sono sei è siamo siete "
        "era erano essere stato ho hai ha abbiamo avete hanno aveva avere può possono deve devono e o ma se anche "
        "né non più molto questo questa questi queste quello quella quelli quelle"
    ),
    "pt": (
        "o a os as um uma uns umas de do da dos das em no na nos nas ao aos à às por pelo pela pelos pelas com "
        "sem para sobre entre até desde eu me mim meu minha meus minhas tu te ti teu tua ele ela se si seu sua "
        "seus suas nós nos nosso nossa eles elas lhe lhes você vocês que quem qual quais cujo quando onde como "
        "porque quanto quantos sou é somos são era eram foi foram ser sido estou está estão estar tenho tem temos "
        "têm ter tinha há pode podem poder deve devem e ou mas se nem não muito mais também já este esta estes "
        "estas esse essa isso isto aquele aquela todo toda todos todas"
    ),
    "nl": (
        "de het een die dat deze dit ik mij me mijn jij je jou jouw u uw hij hem zijn zij ze haar wij we ons onze "
        "jullie hun zich wie wat welke welk wanneer waar waarom hoe hoeveel ben bent is was waren geweest heb "
        "hebt heeft hebben had hadden word wordt worden werd werden kan kunt kunnen kon mag mogen moet moeten zal "
        "zullen zou en of maar want als dan omdat dus terwijl hoewel in op aan van voor met naar bij uit over "
        "onder tussen door tegen zonder om tot te niet geen ook nog wel er hier daar"
    ),
}


_TANTIVY = {"da": "danish", "fi": "finnish", "hu": "hungarian", "no": "norwegian", "ru": "russian", "sv": "swedish"}
LANGUAGES = (*_WORDS, *_TANTIVY)


@lru_cache(maxsize=64)
def _of(language: str) -> frozenset[str]:
    """The analyser's words of a language's list: "don't" is "dont"."""
    return frozenset(word for one in _WORDS.get(language, "").split() for word in split_words(normalise(one)))


@lru_cache(maxsize=8)
def _tantivy(language: str) -> tantivy.TextAnalyzer:
    """Filter that leaves the words that are not in tantivy's list."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    return builder.filter(tantivy.Filter.stopword(_TANTIVY[language])).build()


def function_words(words: Sequence[str], languages: Sequence[str]) -> frozenset[str]:
    """Function words among a query's words, being those of the one of `languages` that has most of them: "die" is one
    in a German question only.
    """
    codes = dict.fromkeys(stemmer_language(language) for language in languages)
    found = [_among(frozenset(words), code) for code in codes]
    return max(found, key=len, default=frozenset())


def _among(words: frozenset[str], code: str) -> frozenset[str]:
    return words.difference(_tantivy(code).analyze(" ".join(words))) if code in _TANTIVY else words & _of(code)
