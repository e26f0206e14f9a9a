"""Function words: what a language needs to make sentences of words, and what tells nothing of their subject.

Closed classes of the grammars only: articles, pronouns, prepositions, conjunctions, auxiliaries, question words. A word
that can be a subject ("will", "may" apart, which questions begin with) is not among them.

Snowball's lists, which tantivy brings, are of frequent words: the Hungarian one has "article", "new" and "good", the
Russian one "life", "human" and "today", and the Danish one lacks "how" and "why".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

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
        "le la les l un une des du de d à au aux ce cet cette ces je j me m moi mon ma mes tu te t toi ton ta tes "
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
        "il lo la i gli le l un uno una di d del dell dello della dei degli delle a al all allo alla "
        "ai agli alle da dal dall dallo dalla dai dagli dalle in nel nell nello nella nei negli nelle su sul sull "
        "sullo sulla sui sugli sulle con "
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
    "da": (
        "den det de en et denne dette disse der som jeg mig min mit mine du dig din dit dine han ham hans hun "
        "hende hendes vi os vores vor vort vore i jer jeres dem deres sig sin sit sine man selv hvem hvad hvis "
        "hvilken hvilket hvilke hvor hvornår hvordan hvorfor hvorhen hvorfra er var været være bliver blev blevet "
        "blive har havde haft have kan kunne skal skulle vil ville må måtte bør burde gør gjorde gøre og eller "
        "men for fordi at om når da mens selvom før end så både hverken enten på til af med fra ved under over "
        "efter uden mellem mod hos gennem ad op ned ud ind ikke også kun meget mere alle alt al hver nogen noget "
        "nogle ingen intet her nu"
    ),
    "fi": (
        "minä minun minua minulla minulle minut sinä sinun sinua sinulla sinulle hän hänen häntä me meidän meitä "
        "te teidän teitä he heidän heitä se sen sitä siinä siitä siihen sillä ne niiden niitä niissä tämä tämän "
        "tätä tässä tästä tähän tällä nämä näiden näitä tuo tuon nuo joka jonka jota jossa josta johon jolla "
        "jotka joiden joita joissa kuka kenen ketä kenelle ketkä mikä minkä mitä missä mistä mihin millä mille "
        "mitkä milloin miten miksi kuinka kumpi millainen paljonko montako olen olet on olemme olette ovat olin "
        "oli olivat ollut ole olla olisi ei en et emme ette eivät voi voin voit voiko voivat voida saa saako saan "
        "pitää pitäisi täytyy tulee tulisi ja tai sekä mutta vaan että jotta kun jos koska vaikka kuin niin eli "
        "myös vain jo vielä nyt sitten kanssa ilman mukaan ennen jälkeen aikana välillä kautta kaikki "
        "kaikkien itse oma"
    ),
    "hu": (
        "a az egy ez ezt ezek ezeket erre ebben ennek ettől azt azok azokat arra abban annak attól aki akik akit "
        "amely amelyek amelyet ami amit én engem nekem te téged neked ő őt neki mi minket nekünk ti titeket "
        "nektek ők őket nekik ki kik kit kinek mit minek mik mely melyik melyek melyiket milyen hány mennyi "
        "mennyit mennyibe hol hova hová honnan mikor meddig hogyan hogy miért miként vagyok vagy van vagyunk "
        "vannak volt voltam voltak lesz lesznek lenne legyen lett nincs nincsenek lehet kell kellene tud "
        "tudok és s de ha hanem mert pedig is sem se mint amikor ahol mivel bár illetve valamint tehát nem ne "
        "igen csak még már most itt ott így úgy akkor nagyon minden mindenki össze meg el fel le be át után előtt "
        "alatt fölött felett mellett között nélkül szerint által számára ellen miatt való"
    ),
    "no": (
        "den det de en ei et ein eit denne dette disse dei der som jeg eg meg min mitt mi mine du deg din ditt di "
        "dine han ham hans hun ho henne hennes vi oss vår vårt våre dere deres dykk dem seg sin sitt sine man "
        "selv sjølv hvem kven hva kva hvilken hvilket hvilke hvor kor når hvordan korleis hvorfor kvifor er var "
        "vært være vere blir ble blitt bli vart har hadde hatt ha kan kunne skal skulle vil ville må måtte bør "
        "burde får fikk gjør gjorde gjøre og eller men for fordi at om hvis da mens før enn så både verken enten "
        "på i til fra frå av med ved under over etter uten mellom mot hos gjennom opp ned ut inn å ikke ikkje "
        "også kun bare svært mer alle alt hver noen noe noko ingen her nå"
    ),
    "ru": (
        "и а но или да либо ни не нет в во на с со к ко о об обо у из изо от ото до для по за под над при про без "
        "через между перед после около ради вместо кроме против среди из-за из-под я меня мне мной мы нас нам "
        "нами ты тебя тебе тобой вы вас вам вами он его него ему нему им ним нём нем она её ее неё нее ей ней оно "
        "они их них ими ними себя себе собой свой свою своя своё свои своего своей своих мой моя моё мое мои "
        "моего моей моих твой твоя твои наш наша наше наши нашего нашей ваш ваша ваше ваши этот эта это эти этого "
        "этой этому этом этих этим тот та то те того той тому том тех тем такой такая такое такие сам сама само "
        "сами весь вся всё все всего всей всех всем каждый кто кого кому кем ком что чего чему чем чём какой "
        "какая какое какие какого каких какую который которая которое которые которого которой которых чей чья "
        "чьё чьи где куда откуда когда как почему зачем отчего сколько насколько ли ль разве неужели же бы б вот "
        "ведь если чтобы потому поэтому так также тоже хотя пока будто есть был была было были будет будут быть "
        "буду может могу могут можно можем мог нужно надо нельзя должен должна должно должны следует только уже "
        "ещё еще очень более менее здесь там тут сейчас теперь тогда потом"
    ),
    "sv": (
        "den det de en ett denna detta dessa här där som jag mig min mitt mina du dig din ditt dina han honom "
        "hans hon henne hennes vi oss vår vårt våra ni er ert era dem deras sig sin sitt sina man själv vem vems "
        "vad vilken vilket vilka var vart varifrån när hur varför är varit vara blir blev blivit bli har hade "
        "haft ha kan kunde skall ska skulle vill ville måste får fick bör borde gör gjorde göra och eller men för "
        "att om då medan eftersom fast innan än så både varken antingen på i till från av med vid under över "
        "efter utan mellan mot hos genom upp ned ner ut in inte icke ej också även bara mycket mer alla allt "
        "varje någon något några ingen inget inga nu"
    ),
}
LANGUAGES = tuple(_WORDS)


@lru_cache(maxsize=64)
def _of(language: str) -> frozenset[str]:
    """The analyser's words of a language's list: "don't" is "dont"."""
    return frozenset(word for one in _WORDS.get(language, "").split() for word in split_words(normalise(one)))


def function_words(words: Sequence[str], languages: Sequence[str]) -> frozenset[str]:
    """Function words among a query's words, being those of the one of `languages` that has most of them: "die" is one
    in a German question only.
    """
    codes = dict.fromkeys(stemmer_language(language) for language in languages)
    found = [_of(code).intersection(words) for code in codes]
    return max(found, key=len, default=frozenset())
