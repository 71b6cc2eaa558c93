"""Training speed of a recommender beside a plain loop, and beside another library.

``python bench/recommendation_training.py`` reads ``MADANG_DATA``, trains BERT4Rec of one size on
one data set, and prints sequences a second. The plain loop is what a notebook does: one sample at a
time is masked in Python and padded to the full length, every position is scored against all items,
in float32. Ours is ``madang.training.loop`` on the same model: batches by length, scores where a
label is, bfloat16 where the processor has it. ``--loss`` takes another loss than the same one.

``--rectools PYTHON`` is an interpreter of its own that has RecTools: it trains its BERT4Rec of the
same size for an epoch (``bench/recommendation_peer.py``), and so does ours.
"""

import argparse
import json
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch.nn import functional

from madang.datasets.interactions.holdout import leave_one_out
from madang.datasets.interactions.reading import Reading
from madang.models.bert4rec import Bert4Rec, Bert4RecConfig
from madang.tasks.recommendation.cloze import Cloze
from madang.tasks.recommendation.example import Histories, cut_histories
from madang.tasks.recommendation.item_loss import item_loss
from madang.training import TrainingSettings, train

SHARE = 0.15
CLOCK = time.perf_counter


def plain_batches(
    histories: Histories, *, num_items: int, length: int, batch_size: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield ids and labels, (B, T) each, masked an item at a time and padded on the left."""
    order = list(range(len(histories)))
    random.shuffle(order)
    for start in range(0, len(order), batch_size):
        rows, answers = [], []
        for index in order[start : start + batch_size]:
            tokens, labels = [], []
            for item in histories[index].tolist()[-length:]:
                chance = random.random()
                if chance >= SHARE:
                    tokens.append(item)
                    labels.append(0)
                    continue
                labels.append(item)
                chance /= SHARE
                if chance < 0.8:
                    tokens.append(num_items + 1)
                elif chance < 0.9:
                    tokens.append(random.randint(1, num_items))
                else:
                    tokens.append(item)
            padding = [0] * (length - len(tokens))
            rows.append(padding + tokens)
            answers.append(padding + labels)
        yield torch.tensor(rows), torch.tensor(answers)


def run_plain(
    histories: Histories, config: Bert4RecConfig, *, num_batches: int, batch_size: int
) -> float:
    """Return the sequences a second of the plain loop."""
    model = Bert4Rec(config).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    num_sequences, began = 0, 0.0
    batches = plain_batches(
        histories,
        num_items=config.mask_token_id - 1,
        length=config.max_position_embeddings,
        batch_size=batch_size,
    )
    for number, (ids_BT, labels_BT) in enumerate(batches):
        if number == 1:  # the first one warms up
            num_sequences, began = 0, CLOCK()
        if number > num_batches:
            break
        logits_BTV = model(ids_BT, (ids_BT > 0).long())
        loss = functional.cross_entropy(
            logits_BTV.flatten(0, 1), labels_BT.flatten(), ignore_index=0
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        num_sequences += len(ids_BT)
    return num_sequences / (CLOCK() - began)


def run_madang(
    histories: Histories, config: Bert4RecConfig, *, loss: str, settings: TrainingSettings
) -> float:
    """Return the sequences a second of our loop, its checkpoint included."""
    num_items = config.mask_token_id - 1
    counts = torch.bincount(torch.from_numpy(histories.items), minlength=num_items + 1)[1:]
    objective = Cloze(
        item_loss=item_loss(loss, counts=counts.numpy(), num_drawn=4096, confidence=0.75),
        num_items=num_items,
        share=SHARE,
        last_share=0.0,
    )
    with tempfile.TemporaryDirectory() as folder:
        began = CLOCK()
        result = train(
            model=Bert4Rec(config),
            objective=objective,
            train_data=histories,
            settings=settings,
            folder=Path(folder),
        )
        seconds = CLOCK() - began
    return result.step * settings.batch_size / seconds


def run_peer(interpreter: str, histories: Histories, config: Bert4RecConfig, options: str) -> float:
    """Return the sequences a second that the other library says of itself."""
    script = Path(__file__).with_name("recommendation_peer.py")
    request = {
        "histories": [row.tolist() for row in histories],
        "hidden_size": config.hidden_size,
        "num_blocks": config.num_hidden_layers,
        "num_heads": config.num_attention_heads,
        "length": config.max_position_embeddings,
        "batch_size": int(options),
    }
    answer = subprocess.run(
        [interpreter, str(script)],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(answer.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="beauty")
    parser.add_argument("--hidden-size", type=int, default=64)
    parser.add_argument("--length", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--num-plain-batches", type=int, default=3)
    parser.add_argument("--num-steps", type=int, default=150)
    parser.add_argument("--num-threads", type=int, default=2)
    parser.add_argument("--loss", action="append", default=[], help="further losses of ours")
    parser.add_argument("--rectools", help="an interpreter that has RecTools")
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
    torch.manual_seed(0)
    interactions = Reading().read(options.data)
    config = Bert4RecConfig(
        hidden_size=options.hidden_size,
        intermediate_size=4 * options.hidden_size,
        max_position_embeddings=options.length,
    ).of_items(interactions.num_items)
    histories = cut_histories(leave_one_out(interactions).train, max_length=options.length)
    settings = TrainingSettings(
        num_epochs=100,
        max_steps=options.num_steps,
        batch_size=options.batch_size,
        batch_tokens=options.batch_size * options.length,
        energy=False,
        progress=False,
    )
    speeds = {
        "plain loop": run_plain(
            histories, config, num_batches=options.num_plain_batches, batch_size=options.batch_size
        )
    }
    for loss in dict.fromkeys(["softmax", *options.loss]):
        speeds[f"Madang, {loss}"] = run_madang(histories, config, loss=loss, settings=settings)
    if options.rectools:
        speeds["RecTools"] = run_peer(options.rectools, histories, config, str(options.batch_size))
    print(
        f"{options.data}: {len(histories):,} sequences of at most {options.length}, "
        f"{interactions.num_items:,} items, {config.num_hidden_layers} layers of "
        f"{config.hidden_size}, {options.num_threads} threads"
    )
    for name, speed in speeds.items():
        print(f"{name:28} {speed:10,.0f} sequences/s  {speed / speeds['plain loop']:7.1f}x")


if __name__ == "__main__":
    main()
