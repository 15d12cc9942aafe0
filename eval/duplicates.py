"""Speed and finds of the search for near-duplicates, with drafts made from real articles.

    python eval/duplicates.py ../shared/data/evidence_inference/articles.jsonl.gz [--drafts 200]

Every article once, and of some of them a draft: one word in ``--every`` replaced by another of the article, and the last
tenth left out. A draft is found when it is paired with its article.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import time
from pathlib import Path

from rag.ingest.duplicates import overlaps


def draft_of(text: str, chance: random.Random, every: int) -> str:
    words = text.split()
    words = [chance.choice(words) if chance.randrange(every) == 0 else word for word in words]
    return " ".join(words[: len(words) * 9 // 10])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("articles", type=Path, help="lines of JSON with a text each, gzip")
    parser.add_argument("--drafts", type=int, default=200)
    parser.add_argument("--every", type=int, default=20)
    parser.add_argument("--field", default="text")
    options = parser.parse_args()
    chance = random.Random(0)
    with gzip.open(options.articles, "rt", encoding="utf-8") as file:
        texts = {
            f"article {number}": str(json.loads(line)[options.field]) for number, line in enumerate(file)
        }
    for name in chance.sample(sorted(texts), options.drafts):
        texts[name.replace("article", "draft")] = draft_of(texts[name], chance, options.every)
    names = list(texts)
    started = time.perf_counter()
    found = overlaps(names, texts.__getitem__)
    seconds = time.perf_counter() - started
    right = {pair for pair in found if pair.one.split()[-1] == pair.other.split()[-1]}
    print(f"{len(names)} documents, {sum(len(text.split()) for text in texts.values()):,} words: {seconds:.1f} s, peak "
          f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB with the texts")  # fmt: skip
    print(f"drafts found: {len(right)} of {options.drafts}; other pairs: {len(found) - len(right)}")
    if right:
        print(
            f"containment of the drafts: {min(p.containment for p in right):.2f} to {max(p.containment for p in right):.2f}"
        )
    for pair in [pair for pair in found if pair not in right][:10]:
        print(pair)


if __name__ == "__main__":
    main()
