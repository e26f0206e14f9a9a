"""Function words by language: they hold sentences together and show nobody why a passage was found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from engine.lexical.analysis import analyse

_WORDS = {
    "en": """a about after all also am an and any are as at be because been before being both but by can could
        did didn't do does doesn't doing don't down during each for from had has have having he her
        here hers him his how i i'm if in into is isn't it its itself just let's may me might more
        most must my myself no nor not of off on once only or other our ours out over own shall she
        should so some such than that the their theirs them themselves then there these they this
        those through to too under until up us very was we were what when where which while who whom
        whose why will with won't would you your yours yourself""",
    "de": """aber als also am an auch auf aus bei bin bis bist da damit dann das dass daß dein deine dem den der
        des die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer
        eines er es für gegen hat haben habe hatte ich ihm ihn ihr ihre im in ist ja kann können man
        mein mich mir mit muss nach nicht noch nur ob oder ohne sehr sein sein seine sich sie sind
        so soll über um und uns unser unter vom von vor war waren was welche welcher welches wenn
        wer werden wie wieder wird wir wo zu zum zur""",
    "fr": """à ai au aux avec avoir ce ces cet cette comme comment d dans de des du elle elles en entre es est et
        été être eu eux il ils j je l la le les leur leurs lui m ma mais me mes moi mon n ne nos
        notre nous on ont ou où par pas peut plus pour qu quand que quel quelle quelles quels qui
        quoi s sa sans se ses si son sont sur t ta te tes toi ton tu un une vos votre vous y""",
    "es": """a al algo ante como con cómo cual cuál cuando cuándo de del desde donde dónde e el él ella ellas
        ellos en entre era es esa ese eso esta está este esto estos fue ha hay la las le les lo los
        más me mi mis muy ni no nos o para pero por porque que qué se ser si sí sin sobre son su sus
        también te tiene tu tus un una uno unos y ya yo""",
    "it": """a ad agli ai al alla alle anche c che chi ci come con cosa da dagli dai dal dalla de degli dei del
        della delle di dove e è ed era fra gli ha ho i il in io l la le lei li lo loro lui ma mi mio
        ne nei nel nella noi non o per perché più quale quando quanto quella quello questa questo se
        sei si sia sono su sua sul sulla suo ti tra tu un una uno voi""",
    "pt": """a ao aos as às até com como da das de dela dele do dos e é ela ele eles em entre era essa esse esta
        está este eu foi há isso isto já lhe mais mas me mesmo meu minha muito na não nas nem no nos
        o onde os ou para pela pelo por porque qual quando que quem se sem ser seu são só sua também
        te tem um uma você""",
    "nl": """aan al als bij dan dat de deze die dit door een en er geen had heb hebben heeft het hij hoe hun ik
        in is je kan maar me meer met mijn na naar niet nog nu of om onder ook op over te tot u uit
        van veel voor waar was wat we wel welke wie wij worden wordt zal ze zich zij zijn zo""",
    "sv": """att av de den det dig din du där efter ej eller en er ett från för ha han har hon hur här i inte jag
        kan man med men mig min när ni och om oss på sig sin ska som så till under upp ut var vad
        vem vi vid är över""",
    "da": """af at blev da de den der det dig din du efter eller en er et for fra ham han har hun hvad hvem hvor
        hvordan i ikke jeg kan med men mig min når og om op os på sig sin skal som så til under ved
        vi være""",
    "no": """av at da de den der det deg din du en eller er et etter for fra ham han har hun hva hvem hvor
        hvordan i ikke jeg kan med men meg min når og om opp oss på seg sin skal som så til under
        ved vi være""",
    "fi": """ei en että he hän ja jos joka jotka kanssa kuin kun me mikä miten mitä mutta myös ne niin nyt oli
        olla on ovat se sen sekä tai te tämä tässä vai voi""",
    "ru": """а без был была были было быть в вам вас во вот все вы где да для до его ее если есть еще же за и из
        или их к как какой когда кто ли мне мой мы на не него нет но о об он она они от по под при с
        со так то только у уже что чтобы это я""",
}  # fmt: skip


def is_function_word(term: str, languages: Sequence[str]) -> bool:
    """Whether a term of the analyser comes of a function word in one of the languages."""
    return any(term in _terms(language.split("-")[0].lower()) for language in languages or ("en",))


@cache
def _terms(language: str) -> frozenset[str]:
    return frozenset(term for word in _WORDS.get(language, "").split() for term in analyse(word, language))
