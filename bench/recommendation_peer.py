"""One epoch of RecTools' BERT4Rec, for ``recommendation_training.py``: run by its own interpreter.

A request comes in as JSON, the sequences a second go out as the last line.
"""

import json
import sys
import time

import pandas as pd
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import BERT4RecModel

request = json.load(sys.stdin)
rows = [
    (user, item, 1.0, place)
    for user, history in enumerate(request["histories"])
    for place, item in enumerate(history)
]
frame = pd.DataFrame(rows, columns=[Columns.User, Columns.Item, Columns.Weight, "place"])
frame[Columns.Datetime] = pd.to_datetime(frame.pop("place"), unit="s")
dataset = Dataset.construct(frame)


def seconds_of(epochs: int) -> float:
    """Return how long a training of so many epochs takes, its preparation included."""
    model = BERT4RecModel(
        n_factors=request["hidden_size"],
        n_blocks=request["num_blocks"],
        n_heads=request["num_heads"],
        session_max_len=request["length"],
        batch_size=request["batch_size"],
        mask_prob=0.15,
        epochs=epochs,
        verbose=0,
    )
    began = time.perf_counter()
    model.fit(dataset)
    return time.perf_counter() - began


# What two epochs take more than one is an epoch without its preparation.
once = seconds_of(1)
print(len(request["histories"]) / max(seconds_of(2) - once, 1e-9))
