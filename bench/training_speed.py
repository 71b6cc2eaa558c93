"""Fine-tuning speed beside Hugging Face's Trainer: same model, data, batch size and machine.

``python bench/training_speed.py`` reads ``MADANG_DATA`` and prints the medians of a few rounds, in
which the two take turns, and their ratio. Speed is counted in *real* tokens: padding is work but no
progress. Each side runs with its own defaults: the Trainer in float32 on random batches padded to
their longest text. ``--detail`` takes away, one at a time, what makes the difference.
"""

import argparse
import dataclasses
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
import transformers
from transformers import Trainer, TrainingArguments

from madang.datasets.registry import load
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.classification import BertForSequenceClassification
from madang.models.bert.model import BertEncoder
from madang.tasks.classification.objective import Classification, LabelledExample
from madang.text.unigram import train_unigram
from madang.training import TrainingSettings, train
from madang.training.loop import batching, loop

CONFIG = BertConfig(
    vocab_size=8000,
    hidden_size=256,
    num_hidden_layers=4,
    num_attention_heads=4,
    intermediate_size=1024,
    max_position_embeddings=512,
)
CLOCK = time.perf_counter
SETTINGS = TrainingSettings(num_epochs=1, batch_size=32, progress=False, energy=False)


def read_examples(dataset: str, *, num_examples: int, max_length: int) -> list[LabelledExample]:
    """Return the first texts of a data set as token ids of a vocabulary trained on them."""
    rows = load(dataset, "train")
    # The files are sorted by label or by hashtag: take every n-th text.
    rows = rows[:: max(1, len(rows) // num_examples)][:num_examples]
    tokenizer = train_unigram([row.text for row in rows], vocab_size=CONFIG.vocab_size)
    encodings = tokenizer.encode([row.text for row in rows], max_length=max_length)
    return [
        LabelledExample(ids=encoding.ids, label=row.label)
        for encoding, row in zip(encodings, rows, strict=True)
    ]


def run_madang(examples: Sequence[LabelledExample], settings: TrainingSettings) -> float:
    """Return the seconds of one epoch with our loop, its checkpoint included."""
    model = BertForSequenceClassification(BertEncoder(CONFIG), num_labels=2)
    with tempfile.TemporaryDirectory() as folder:
        began = CLOCK()
        train(
            model=model,
            objective=Classification(num_classes=2),
            train_data=examples,
            settings=settings,
            folder=Path(folder),
        )
        return CLOCK() - began


def run_trainer(examples: Sequence[LabelledExample]) -> float:
    """Return the seconds of one epoch with Hugging Face's Trainer, without a checkpoint."""
    model = transformers.BertForSequenceClassification(
        transformers.BertConfig(**dataclasses.asdict(CONFIG), num_labels=2)
    )
    rows = [{"input_ids": list(e.ids), "labels": e.label} for e in examples]

    def collate(batch: list[dict[str, object]]) -> dict[str, torch.Tensor]:
        return Classification(num_classes=2).collate(
            [LabelledExample(ids=row["input_ids"], label=row["labels"]) for row in batch],
            torch.Generator(),
        )

    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            num_train_epochs=1,
            per_device_train_batch_size=SETTINGS.batch_size,
            use_cpu=True,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        trainer = Trainer(model=model, args=arguments, train_dataset=rows, data_collator=collate)
        trainer.remove_callback(transformers.PrinterCallback)
        began = CLOCK()
        trainer.train()
        return CLOCK() - began


def without_buckets(run: Callable[[], float]) -> float:
    """Run with random batches, as if lengths did not matter."""
    pool, batching.BATCHES_IN_POOL = batching.BATCHES_IN_POOL, 1
    try:
        return run()
    finally:
        batching.BATCHES_IN_POOL = pool


def without_fusion(run: Callable[[], float]) -> float:
    """Run with AdamW's default loop over parameters."""
    fused = loop.build_optimizer  # type: ignore[attr-defined]
    loop.build_optimizer = lambda model, settings: torch.optim.AdamW(  # type: ignore[assignment, attr-defined]
        model.parameters(), lr=settings.learning_rate
    )
    try:
        return run()
    finally:
        loop.build_optimizer = fused  # type: ignore[attr-defined]


def contestants(
    examples: Sequence[LabelledExample], *, is_detailed: bool
) -> dict[str, Callable[[], float]]:
    """Return what is measured, by name."""
    plain = dataclasses.replace(SETTINGS, precision="float32")
    runs: dict[str, Callable[[], float]] = {
        "Hugging Face Trainer": lambda: run_trainer(examples),
        "Madang": lambda: run_madang(examples, SETTINGS),
    }
    if is_detailed:
        runs |= {
            "Madang in float32": lambda: run_madang(examples, plain),
            "Madang, random batches": lambda: without_buckets(
                lambda: run_madang(examples, SETTINGS)
            ),
            "Madang, unfused AdamW": lambda: without_fusion(lambda: run_madang(examples, SETTINGS)),
            "Madang, none of the three": lambda: without_fusion(
                lambda: without_buckets(lambda: run_madang(examples, plain))
            ),
        }
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", default="ads_instagram")
    parser.add_argument("--num-steps", type=int, default=60)
    parser.add_argument("--max-length", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--num-threads", type=int, default=2)
    parser.add_argument("--detail", action="store_true")
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="count processor seconds instead of seconds: on a machine that is busy with others",
    )
    options = parser.parse_args()
    global CLOCK
    if options.processor_time:
        CLOCK = time.process_time
    torch.set_num_threads(options.num_threads)
    transformers.logging.set_verbosity_error()
    examples = read_examples(
        options.dataset,
        num_examples=options.num_steps * SETTINGS.batch_size,
        max_length=options.max_length,
    )
    num_tokens = sum(len(example.ids) for example in examples)
    runs = contestants(examples, is_detailed=options.detail)
    run_madang(examples[:64], SETTINGS)
    run_trainer(examples[:64])
    speeds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(options.rounds):
        for name, run in runs.items():
            speeds[name].append(num_tokens / run())
            print(f"  {name}: {speeds[name][-1]:,.0f} tokens/s", file=sys.stderr, flush=True)
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    print(
        f"{options.dataset}: {len(examples)} texts, {num_tokens / len(examples):.0f} tokens each "
        f"(at most {options.max_length}), {options.num_threads} threads, "
        f"median of {options.rounds} rounds"
    )
    baseline = medians["Hugging Face Trainer"]
    for name, median in medians.items():
        spread = f"{min(speeds[name]):,.0f} to {max(speeds[name]):,.0f}"
        print(f"{name:28} {median:8,.0f} tokens/s  ({spread})  {median / baseline:.2f}x")


if __name__ == "__main__":
    main()
