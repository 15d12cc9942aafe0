"""Does a profile run on this machine? For whoever has the GPU.

    python eval/gpu/check.py [PROFILE] [--model FOLDER]

Prints one JSON line per step: fit, load time, one cited answer, decode speed, yes/no speed, peak GPU memory.
Exit code 1, with what is missing, where the profile cannot run; nothing is loaded or downloaded then.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from rag.answer.compose import compose
from rag.answer.drafter import WriterDrafter
from rag.answer.prompts import judge_prompt
from rag.backends.transformers import TransformersWriter
from rag.errors import RagError, UsageError
from rag.profiles import Profile, check_fits, load_profile
from rag.settings import WritingSettings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench"))
from writer import QUESTIONS, SENTENCES, shown


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("profile", nargs="?", default="meditron-70b")
    parser.add_argument("--model", help="folder with the checkpoint, instead of the profile's hub id")
    given = parser.parse_args()
    try:
        profile = load_profile(given.profile)
        if given.model:
            profile = profile.model_copy(update={"model": given.model})
        check_fits(profile)
        run(profile)
    except RagError as error:
        print(json.dumps({"profile": given.profile, "runs": False, "why": str(error)}))
        return 1
    return 0


def run(profile: Profile) -> None:
    if profile.backend != "transformers":
        raise UsageError(f"profile {profile.name} uses a server; only in-process models are measured here")
    report(profile=profile.name, fits=True, needs=profile.needs.model_dump())
    writer = TransformersWriter(profile.source(), **profile.loading())
    started = time.perf_counter()
    _ = writer._model
    report(
        step="load", seconds=time.perf_counter() - started, writer=writer.id, quantisation=writer.quantisation
    )
    drafter = WriterDrafter(writer, WritingSettings(), profile.family)
    for question in (QUESTIONS[0], *QUESTIONS):  # the first call also runs the fixed part and warms up
        started = time.perf_counter()
        draft = drafter.draft(question, shown(), attempt=1)
        seconds = time.perf_counter() - started
        answer = compose(draft.claims).text if draft.claims else None
        report(
            step="answer",
            question=question,
            answer=answer,
            error=draft.error,
            seconds=seconds,
            prompt_tokens=draft.prompt_tokens,
            output_tokens=draft.output_tokens,
            output_tokens_per_second=draft.output_tokens / seconds,
        )
    prompts = [judge_prompt([sentence], sentence, profile.family) for sentence in SENTENCES]
    started = time.perf_counter()
    report(
        step="yes_no", probabilities=writer.yes_probability(prompts), seconds=time.perf_counter() - started
    )
    report(step="memory", peak_gpu_gib=peak_gpu_gib())


def peak_gpu_gib() -> list[float]:
    import torch

    return [torch.cuda.max_memory_allocated(number) / 2**30 for number in range(torch.cuda.device_count())]


def report(**fields: object) -> None:
    print(json.dumps(fields, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
