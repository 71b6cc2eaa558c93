"""Pre-training speed beside ``transformers``: one architecture, batch, precision and machine.

``python bench/pretraining_speed.py`` trains masked tokens with our loop and with
``transformers.BertForMaskedLM``, in turns, and prints the medians, their ratio, and the share of
the processor's bfloat16 peak, which a large matrix product shows in the same rounds. Rows are 128
tokens without padding, drawn at random: speed does not depend on what they say. ``transformers``
stands there in its best setting found: bfloat16 autocast, fused AdamW, its own fused attention or
its plain one, a bare loop or its ``Trainer``, whichever is fastest.
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
from torch import Tensor
from transformers import Trainer, TrainingArguments

from madang.models.bert.config import BertConfig
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.model import BertEncoder
from madang.tasks.masked_tokens.objective import MaskedTokens, Vocabulary
from madang.training import TrainingSettings, train

LENGTH = 128
CONFIG = BertConfig(
    vocab_size=12_000,
    hidden_size=256,
    num_hidden_layers=4,
    num_attention_heads=4,
    intermediate_size=512,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
VOCABULARY = Vocabulary(size=CONFIG.vocab_size, pad_id=0, mask_id=4, special_ids=(0, 1, 2, 3, 4))
OBJECTIVE = MaskedTokens(vocabulary=VOCABULARY)
Rows = list[list[int]]
CLOCK = time.perf_counter


def draw_rows(num_rows: int) -> Rows:
    generator = torch.Generator().manual_seed(0)
    rows: Rows = torch.randint(
        5, CONFIG.vocab_size, (num_rows, LENGTH), generator=generator
    ).tolist()
    return rows


def run_madang(rows: Rows, settings: TrainingSettings) -> float:
    """Return the seconds that our loop takes for the rows, its checkpoint included."""
    model = BertForMaskedTokens(BertEncoder(CONFIG))
    with tempfile.TemporaryDirectory() as folder:
        began = CLOCK()
        train(
            model=model,
            objective=OBJECTIVE,
            train_data=rows,
            settings=settings,
            folder=Path(folder),
        )
        return CLOCK() - began


def theirs(attention: str) -> torch.nn.Module:
    config = transformers.BertConfig(**dataclasses.asdict(CONFIG), attn_implementation=attention)
    return transformers.BertForMaskedLM(config)


def their_batch(rows: Sequence[Sequence[int]]) -> dict[str, Tensor]:
    """Return a batch as their model takes it: labels at every position, -100 where not hidden."""
    batch = OBJECTIVE.collate(rows, torch.Generator().manual_seed(0))
    labels = torch.full_like(batch["input_ids"], -100)
    labels.view(-1)[batch["rows"]] = batch["labels"]
    # No padding, so no mask: their attention is then at its fastest.
    return {"input_ids": batch["input_ids"], "labels": labels}


def run_bare_loop(rows: Rows, settings: TrainingSettings, attention: str) -> float:
    """Return the seconds of the shortest loop around their model, without a checkpoint."""
    model = theirs(attention).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    began = CLOCK()
    for start in range(0, len(rows), settings.batch_size):
        batch = their_batch(rows[start : start + settings.batch_size])
        with torch.autocast("cpu", torch.bfloat16, enabled=settings.precision == "bfloat16"):
            loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return CLOCK() - began


def run_trainer(rows: Rows, settings: TrainingSettings, attention: str) -> float:
    """Return the seconds that their ``Trainer`` takes, without a checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            num_train_epochs=1,
            per_device_train_batch_size=settings.batch_size,
            bf16=settings.precision == "bfloat16",
            optim="adamw_torch_fused",
            use_cpu=True,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        trainer = Trainer(
            model=theirs(attention),
            args=arguments,
            train_dataset=[{"ids": row} for row in rows],
            data_collator=lambda batch: their_batch([row["ids"] for row in batch]),
        )
        # Their loop moves its data by column names that it does not know here.
        trainer.args.remove_unused_columns = False
        trainer.remove_callback(transformers.PrinterCallback)
        began = CLOCK()
        trainer.train()
        return CLOCK() - began


def measure_peak(size: int = 2048) -> float:
    """Return the floating-point operations a second of a large bfloat16 product."""
    left = torch.randn(size, size, dtype=torch.bfloat16)
    right = torch.randn(size, size, dtype=torch.bfloat16)
    seconds = []
    for _ in range(3):
        began = CLOCK()
        left @ right
        seconds.append(CLOCK() - began)
    return 2 * size**3 / min(seconds)


def operations_per_token() -> float:
    """Return the operations that learning from a token needs: three times those of reading it.

    Products only, and scores for the hidden tokens alone: what is computed beyond need (scores of
    all positions) is work, but not progress.
    """
    width, wide = CONFIG.hidden_size, CONFIG.intermediate_size
    block = 4 * width * width + 2 * width * wide + 2 * LENGTH * width
    head = OBJECTIVE.share * (width * width + width * CONFIG.vocab_size)
    return 3 * 2 * (CONFIG.num_hidden_layers * block + head)


def contestants(rows: Rows, settings: TrainingSettings) -> dict[str, Callable[[], float]]:
    runs: dict[str, Callable[[], float]] = {"Madang": lambda: run_madang(rows, settings)}
    for attention in ("sdpa", "eager"):
        runs[f"transformers, bare loop, {attention}"] = lambda attention=attention: run_bare_loop(  # type: ignore[misc]
            rows, settings, attention
        )
        runs[f"transformers, Trainer, {attention}"] = lambda attention=attention: run_trainer(  # type: ignore[misc]
            rows, settings, attention
        )
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num-steps", type=int, default=6)
    parser.add_argument("--batch-size", type=int, default=64, help="rows of 128 tokens")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--num-threads", type=int, default=2)
    parser.add_argument("--precision", choices=["bfloat16", "float32"], default="bfloat16")
    parser.add_argument("--only", help="measure what has this in its name")
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
    settings = TrainingSettings(
        num_epochs=1,
        batch_size=options.batch_size,
        batch_tokens=options.batch_size * LENGTH,
        learning_rate=1e-3,
        precision=options.precision,
        progress=False,
        energy=False,
    )
    rows = draw_rows(options.num_steps * options.batch_size)
    runs = {
        name: run
        for name, run in contestants(rows, settings).items()
        if not options.only or options.only in name
    }
    speeds: dict[str, list[float]] = {name: [] for name in runs}
    peaks = []
    for number in range(options.rounds + 1):
        peaks.append(measure_peak())
        for name, run in runs.items():
            speed = len(rows) * LENGTH / run()
            if number:  # the first round warms up
                speeds[name].append(speed)
                print(f"  {name}: {speed:,.0f} tokens/s", file=sys.stderr, flush=True)
    report(speeds, peak=statistics.median(peaks))


def report(speeds: dict[str, list[float]], *, peak: float) -> None:
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    baselines = [median for name, median in medians.items() if name.startswith("transformers")]
    print(
        f"{torch.get_num_threads()} threads; bfloat16 peak {peak / 1e9:,.0f} GFLOP/s; "
        f"{operations_per_token() / 1e6:.1f} MFLOP a token"
    )
    for name, median in medians.items():
        spread = f"{min(speeds[name]):,.0f} to {max(speeds[name]):,.0f}"
        share = median * operations_per_token() / peak
        ratio = f"{median / max(baselines):.2f}x" if baselines else ""
        print(f"{name:32} {median:8,.0f} tokens/s  ({spread})  {share:5.1%} of peak  {ratio}")


if __name__ == "__main__":
    main()
