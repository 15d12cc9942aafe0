"""The second way, tried: a logistic probe on the hidden states of the embedded writer, beside the trained cross-encoder.

    python training/probe.py --data ../shared/data [--train 700] [--dev 300]

The writer reads "Evidence … Claim … Does the evidence state the claim?" and nothing is generated: the state of the
last token at a few layers is the feature. Trained on the same pairs as the cross-encoder; measured on part of claims/dev
alone and joined with it. It decides whether ``rag`` gets a probe; figures in docs/log.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from pairs import SUPPORTS, lines, shortened  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from support_data import support_pairs  # noqa: E402

from rag.models import rag_home, writer_folder  # noqa: E402
from rag.wiring import embedded_judge  # noqa: E402

LAYERS = (12, 15, 18)
PROMPT = (
    "<|im_start|>user\nEvidence: {evidence}\nClaim: {claim}\nDoes the evidence state the claim?<|im_end|>\n"
    "<|im_start|>assistant\n"
)


def writer() -> tuple[Any, Any]:
    """Tokenizer and the first layers of the writer, its NF4 weights unpacked to bfloat16 once."""
    import bitsandbytes
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = writer_folder(rag_home())
    model = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True).model
    model.layers = model.layers[: max(LAYERS)]
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, bitsandbytes.nn.Linear4bit):
                plain = torch.nn.Linear(child.in_features, child.out_features, bias=child.bias is not None)
                plain.weight = torch.nn.Parameter(
                    bitsandbytes.functional.dequantize_4bit(child.weight.data, child.weight.quant_state)
                )
                plain.bias = child.bias
                setattr(module, name, plain)
    return AutoTokenizer.from_pretrained(folder), model.to(torch.bfloat16).eval()


def states(tokenizer: Any, model: Any, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """(n, layers × hidden): state of the last token."""
    rows = []
    for claim, evidence in pairs:
        ids = tokenizer(PROMPT.format(evidence=evidence, claim=claim), return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            found = model(ids, output_hidden_states=True).hidden_states
        rows.append(torch.cat([found[layer][0, -1] for layer in LAYERS]).float().numpy())
    return np.stack(rows)


def auc(scores: np.ndarray, truth: np.ndarray) -> float:
    yes, no = scores[truth][:, None], scores[~truth][None]
    return float((yes > no).mean() + (yes == no).mean() / 2)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--train", type=int, default=700)
    parser.add_argument("--dev", type=int, default=300, help="rows of each data set")
    options = parser.parse_args()
    wanted = ("scifact", "evidence_inference", "attributionbench", "bioasq", "fm2", "condaqa")
    train = [p for p in support_pairs(options.data, seed=0) if p.source.split(":")[0] in wanted][
        : options.train
    ]
    tokenizer, model = writer()
    begun = time.monotonic()
    x = states(tokenizer, model, [(p.first, p.second) for p in train])
    seconds = (time.monotonic() - begun) / len(train)
    y = np.array([p.label == SUPPORTS for p in train])
    scale = StandardScaler().fit(x)
    probe = LogisticRegression(C=0.003, max_iter=2000, class_weight="balanced").fit(scale.transform(x), y)
    print(f"{len(train)} pairs, {seconds:.2f} s each, {y.mean():.2f} supported")
    judge = embedded_judge()
    for dataset in ("scifact", "healthver"):
        rows = [r for r in lines(options.data / "claims" / "dev.jsonl") if r["dataset"] == dataset][
            : options.dev
        ]
        texts = [shortened(r["evidence"], r["claim"], most_words=110) for r in rows]
        truth = np.array([r["label"] == "SUPPORTS" for r in rows])
        found = states(tokenizer, model, [(r["claim"], t) for r, t in zip(rows, texts, strict=True)])
        said = probe.decision_function(scale.transform(found))
        trained = np.array(
            [j.supports for j in judge.judge([r["evidence"] for r in rows], [r["claim"] for r in rows])]
        )
        logits = np.log(trained + 1e-6) - np.log(1 - trained + 1e-6)
        both = said / said.std() + logits / logits.std()
        print(json.dumps({"dataset": dataset, "n": len(rows), "probe": round(auc(said, truth), 3),
                          "cross-encoder": round(auc(logits, truth), 3), "both": round(auc(both, truth), 3)}))  # fmt: skip


if __name__ == "__main__":
    main()
