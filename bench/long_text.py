"""What a text of 20,000 letters costs the models of the site: read whole, and at its ends.

``python bench/long_text.py`` asks the five shipped models that read texts about the same Korean
text, in turns, so that what else the machine does falls on all alike. *Whole* is what a model is
given by itself (a classifier and an encoder of sentences read sixteen windows, the model of
entities everything); *ends* is what the site gives it, the beginning and the end of together
``MAX_TOKENS`` tokens. ``--texts FILE`` takes the texts of a file of lines instead, joined.

``--labels FILE`` says for how many texts of at least 4,000 letters the label changes by that: each
line of the file is a text.
"""

import argparse
import statistics
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import madang.community
from madang.community.inference.prediction import (
    ADS,
    ENTITIES,
    HATE,
    KINDS,
    MAX_TOKENS,
    SENTENCE,
    SENTIMENT,
)
from madang.serving import load

SAMPLE = Path(madang.community.__file__).parent / "serve" / "sample.toml"
LETTERS = 20_000
LONG = 4_000
MOST_TEXTS = 300


def sample_text() -> str:
    """Return the Korean posts that the site begins with, as one text."""
    content = tomllib.loads(SAMPLE.read_text(encoding="utf-8"))
    posts = [value for post in content["posts"] for value in post.values()]
    return "\n".join(
        text for text in posts if isinstance(text, str) and any("가" <= c <= "힣" for c in text)
    )


def ask(model: Any, kind: str, text: str) -> Any:
    """Return what a model says of a text."""
    if kind == ENTITIES:
        return model.tag([text])
    if kind == SENTENCE:
        return model.embed([text])
    return model.classify([text], reasons=False)[0]


def measure(runs: dict[str, Callable[[], object]], num_rounds: int) -> dict[str, float]:
    """Let all run in turns; return the median seconds of processor time of each.

    On a machine with other work only the processor's time tells the cost.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(num_rounds):
        for name, run in runs.items():
            began = time.process_time()
            run()
            seconds[name].append(time.process_time() - began)
    return {name: statistics.median(values) for name, values in seconds.items()}


def compare_labels(models: dict[str, Any], texts: Sequence[str]) -> None:
    """Print for how many texts the answer is another one."""
    print(f"{len(texts)} texts of at least {LONG:,} letters")
    for kind in (ADS, SENTIMENT, HATE, SENTENCE):
        model, changed, cosines = models[kind], 0, []
        for text in texts:
            ends = model.excerpt(text, max_tokens=MAX_TOKENS).text
            if kind == SENTENCE:
                whole_D, ends_D = model.embed([text, ends])
                cosines.append(float(whole_D @ ends_D))
            else:
                changed += ask(model, kind, text).label != ask(model, kind, ends).label
        said = f"cosine, median {np.median(cosines):.3f}" if cosines else f"{changed} other labels"
        print(f"  {kind:<10}{said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    models = {kind: load(kind) for kind in KINDS}
    if options.labels:
        lines = options.labels.read_text(encoding="utf-8").splitlines()
        compare_labels(models, [line for line in lines if len(line) >= LONG][:MOST_TEXTS])
        return
    text = options.texts.read_text(encoding="utf-8") if options.texts else sample_text()
    text = (text * (LETTERS // len(text) + 1))[:LETTERS]
    runs: dict[str, Callable[[], object]] = {}
    for kind, model in models.items():

        def read_ends(kind: str = kind, model: Any = model) -> object:
            return ask(model, kind, model.excerpt(text, max_tokens=MAX_TOKENS).text)

        runs[f"{kind} whole"] = lambda kind=kind, model=model: ask(model, kind, text)  # type: ignore[misc]
        runs[f"{kind} ends"] = read_ends
    found = measure(runs, options.rounds)
    print(
        f"{len(text):,} letters, {MAX_TOKENS:,} tokens, one thread, processor time, median of "
        f"{options.rounds} runs in turn"
    )
    for way in ("whole", "ends"):
        each = {kind: found[f"{kind} {way}"] for kind in KINDS}
        listed = ", ".join(f"{kind} {seconds:.2f}" for kind, seconds in each.items())
        print(f"  {way:<6}{sum(each.values()):6.2f} s ({listed})")


if __name__ == "__main__":
    main()
