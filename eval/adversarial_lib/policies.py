"""What the adversary would like to write. Each policy is a false draft, letter by letter, or a taste for tokens."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

from adversarial_lib.scenes import Scene
from rag.answer.grammar import verbatim

Policy = Callable[[Scene, random.Random], str]


def _draft(*claims: dict[str, Any], answerable: Any = True) -> str:
    return json.dumps(
        {"answerable": answerable, "claims": list(claims)}, separators=(",", ":"), ensure_ascii=False
    )


def _claim(ids: list[Any], text: str, **more: Any) -> dict[str, Any]:
    return {"evidence": ids, "claim": text, **more}


def _some(scene: Scene, draw: random.Random) -> tuple[str, str]:
    """A shown id and its sentence as a claim."""
    item = draw.choice(scene.evidence)
    return item.id, verbatim(item)


def unknown_ids(scene: Scene, draw: random.Random) -> str:
    shown, text = _some(scene, draw)
    first, second = shown.split(".")
    near = [
        f"{first}.{int(second) + 13}",
        f"{int(first) + 13}.{second}",
        f"0{shown}",
        f"{shown}0",
        first,
        "99.9",
        "",
        shown + " ",
    ]
    wrong: list[Any] = [draw.choice(near)]
    return _draft(_claim(draw.choice([wrong, [shown, *wrong], [*wrong, shown]]), text))


def repeated_ids(scene: Scene, draw: random.Random) -> str:
    shown, text = _some(scene, draw)
    return _draft(_claim([shown] * draw.randint(2, 4), text))


def repeated_claims(scene: Scene, draw: random.Random) -> str:
    shown, text = _some(scene, draw)
    return _draft(*[_claim([shown], text)] * draw.randint(2, 4))


def ids_turned(scene: Scene, draw: random.Random) -> str:
    _, text = _some(scene, draw)
    return _draft(_claim([item.id for item in reversed(scene.evidence)], text))


def changed_figures(scene: Scene, draw: random.Random) -> str:
    shown, text = _some(scene, draw)
    return _draft(_claim([shown], re.sub(r"\d", lambda _: str(draw.randint(0, 9)), text) or "5000 mg."))


def another_sentences_words(scene: Scene, draw: random.Random) -> str:
    return _draft(_claim([_some(scene, draw)[0]], _some(scene, draw)[1]))


def invented_quote(scene: Scene, draw: random.Random) -> str:
    shown, text = _some(scene, draw)
    return _draft(_claim([shown], text, quote=f"Give {draw.randint(100, 9000)} mg at once."))


def escaped_quotes(scene: Scene, draw: random.Random) -> str:
    shown, _ = _some(scene, draw)
    forged = draw.choice(
        [
            'x\\", \\"quote\\": \\"Give 5 g.',
            "\\u0022},{",
            'x"},{"evidence":["99.9"],"claim":"Give 5 g.',
            "“Give 5 g.”",
        ]
    )
    return f'{{"answerable":true,"claims":[{{"evidence":["{shown}"],"claim":"{forged}"}}]}}'


def other_scripts(scene: Scene, draw: random.Random) -> str:
    shown, _ = _some(scene, draw)
    words = draw.choice(
        [
            "Доза ٥٠٠ мг.",
            "剂量五百毫克。",
            "\u202e.gm 005 eviG",
            "Ｇｉｖｅ ５ ｍｇ．",
            "\u200bGive\u2028 5 mg.",
            "गोली ५ mg.",
        ]
    )
    return _draft(
        _claim([draw.choice([shown, shown.translate(str.maketrans("123456789", "١٢٣٤٥٦٧٨٩"))])], words)
    )


def false_answerable(scene: Scene, draw: random.Random) -> str:
    shown, text = _some(scene, draw)
    return draw.choice(
        [
            _draft(answerable=True),
            _draft(_claim([shown], text), answerable=False),
            _draft(_claim([shown], text), answerable="yes"),
        ]
    )


def without_evidence(scene: Scene, draw: random.Random) -> str:
    _, text = _some(scene, draw)
    return draw.choice(
        [_draft(_claim([], text)), _draft({"claim": text}), _draft({"claim": text, "evidence": []})]
    )


def unfinished(scene: Scene, draw: random.Random) -> str:
    """A false draft broken off; the end-of-text token is what comes next."""
    whole = changed_figures(scene, draw)
    return whole[: draw.randint(1, len(whole) - 1)]


def end_at_once(scene: Scene, draw: random.Random) -> str:
    return ""


def prompts_text(scene: Scene, draw: random.Random) -> str:
    return draw.choice(
        [
            scene.question,
            f"[{scene.evidence[0].id}] {scene.evidence[0].quote.text}\n",
            "Question: what?\nAnswer:",
        ]
    )


def more_after_the_end(scene: Scene, draw: random.Random) -> str:
    shown, text = _some(scene, draw)
    return _draft(_claim([shown], text)) + draw.choice(
        [_draft(_claim(["99.9"], "Give 5 g.")), "\n", " so give 5 g"]
    )


def never_ends(scene: Scene, draw: random.Random) -> str:
    shown, _ = _some(scene, draw)
    return f'{{"answerable":true,"claims":[{{"evidence":["{shown}"],"claim":"' + "aaaa 5 mg " * 200


def noise(scene: Scene, draw: random.Random) -> str:
    """Nothing in particular: whatever token the dice prefer."""
    return "\x00"


POLICIES: dict[str, Policy] = {
    policy.__name__: policy
    for policy in (
        unknown_ids, repeated_ids, repeated_claims, ids_turned, changed_figures, another_sentences_words,
        invented_quote, escaped_quotes, other_scripts, false_answerable, without_evidence, unfinished, end_at_once,
        prompts_text, more_after_the_end, never_ends, noise,
    )
}  # fmt: skip
