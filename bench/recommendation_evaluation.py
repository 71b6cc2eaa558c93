"""Full ranking of what was held out, beside a loop that takes one person at a time.

``python bench/recommendation_evaluation.py`` reads ``MADANG_DATA`` and ranks the item held out for
each person of one data set by one BERT4Rec with drawn weights, twice. The plain loop is what a
notebook does: each history is padded to the full length and read alone, every position is scored
against all items, the scores of the next are sorted in Python, and the item is looked for in the
list; it is measured on some people and holds for all. Ours is ``madang evaluate-recommender``: the
same model, its checkpoint opened, all people, the three figures with their intervals. Both have to
find the same ranks.
"""

import argparse
import dataclasses
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from madang.datasets.interactions.holdout import Holdout, leave_one_out
from madang.datasets.interactions.reading import Reading
from madang.formats.item_list import ItemList, record_of, write_items
from madang.models.bert4rec import Bert4Rec, Bert4RecConfig
from madang.models.bert4rec.huggingface import special_tokens_json
from madang.models.checkpoint import save_checkpoint
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.recommendation.ranking import evaluate_recommendation

CLOCK = time.perf_counter


def rank_plainly(model: Bert4Rec, holdout: Holdout, users: list[int]) -> list[int]:
    """Return the rank of the item held out for each user, one after the other."""
    length, mask = model.config.max_position_embeddings, model.config.mask_token_id
    found = []
    for user in users:
        tokens = [item + 1 for item in holdout.known("test").history(user).tolist()]
        tokens = [*tokens, mask][-length:]
        ids_1T = torch.tensor([tokens + [0] * (length - len(tokens))])
        with torch.no_grad():
            logits_1TV = model(ids_1T, (ids_1T > 0).long())
        scores = logits_1TV[0, len(tokens) - 1, 1:mask].tolist()
        order = sorted(range(len(scores)), key=lambda item: -scores[item])
        target = int(holdout.test.item_R[np.searchsorted(holdout.test.user_R, user)])
        found.append(order.index(target) + 1)
    return found


def save(folder: Path, model: Bert4Rec, holdout: Holdout) -> None:
    """Write the checkpoint of a model that has learned nothing."""
    items = ItemList(
        items=tuple(holdout.train.item_ids.to_list()), counts=tuple(holdout.train.counts().tolist())
    )
    write_items(folder, items=items, arrays={}, texts={})
    save_checkpoint(
        folder,
        model,
        tokenizer_json=special_tokens_json(len(items.items)),
        task="recommendation",
        max_length=model.config.max_position_embeddings,
        record=record_of(items),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="beauty")
    parser.add_argument("--hidden-size", type=int, default=64)
    parser.add_argument("--length", type=int, default=20)
    parser.add_argument("--num-plain-users", type=int, default=100)
    parser.add_argument("--num-users", type=int, help="rank some people, instead of all")
    parser.add_argument("--num-threads", type=int, default=2)
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
    holdout = leave_one_out(Reading().read(options.data))
    users = holdout.test.users[: options.num_users]
    holdout = dataclasses.replace(holdout, test=holdout.test.of(users))
    config = Bert4RecConfig(
        hidden_size=options.hidden_size,
        intermediate_size=4 * options.hidden_size,
        max_position_embeddings=options.length,
    ).of_items(holdout.train.num_items)
    model = Bert4Rec(config).eval()

    some = users[: options.num_plain_users].tolist()
    began = CLOCK()
    plain_ranks = rank_plainly(model, holdout, some)
    plain_speed = len(some) / (CLOCK() - began)
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder), model, holdout)
        began = CLOCK()
        report = evaluate_recommendation(open_checkpoint(Path(folder)), holdout)
        speed = len(users) / (CLOCK() - began)
    ranks = report.users["rank[full]"].to_list()[: len(some)]
    differing = sum(abs(ours - plain) > 2 for ours, plain in zip(ranks, plain_ranks, strict=True))
    print(
        f"{options.data}: {len(users):,} people, {holdout.train.num_items:,} items, "
        f"{config.num_hidden_layers} layers of {config.hidden_size}, {options.length} positions, "
        f"{options.num_threads} threads; {differing} of {len(some)} ranks differ by more than two"
    )
    for name, found in {"plain loop": plain_speed, "Madang": speed}.items():
        print(f"{name:28} {found:10,.1f} people/s  {found / plain_speed:7.1f}x")


if __name__ == "__main__":
    main()
