"""Latency of one text on one thread: int8 and fp32 ONNX beside PyTorch eager, taking turns.

``python bench/serving_latency.py`` takes the shape of the shipped model (``--model`` of another;
``--largest`` for the largest that may ship) and gives it random weights, for the time does not
depend on them and PyTorch needs weights that a shipped file no longer has. The text has 200
characters. Every engine gets the same tokens, and each round lets each run once, so that what else
the machine does falls on all alike. ``classify`` is the whole way a site goes: text to tokens,
int8 model, calibration, reasons.
"""

import argparse
import dataclasses
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np
import torch

from madang.export.onnx import trace, write_export
from madang.export.quantization import quantize
from madang.formats import catalogue
from madang.formats.manifest import Manifest
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.runtime.onnx import OnnxRunner
from madang.serving import Classifier
from madang.tasks.checkpoint import served
from madang.tasks.classifier import SIGNATURE
from madang.text.tokenizer import Tokenizer

POST = (
    "오늘은 성수동에 새로 생긴 카페에 다녀왔어요. 햇살이 잘 드는 창가 자리에 앉아 라테와 소금빵을 "
    "먹었는데, 빵은 겉이 바삭하고 속이 촉촉해서 금방 다 먹어 버렸네요. 직원분도 친절하시고 음악도 "
    "조용해서 책 읽기 좋았어요. 주말에는 사람이 많다고 하니 평일 오전에 가 보세요. 아래 링크로 "
    "예약하시면 음료 한 잔을 더 드린대요. 궁금한 점은 메시지 주세요! #성수카페 #소금빵 #주말나들이"
)[:200]
WARM_UP = 10
LARGEST = BertConfig(
    vocab_size=24_000,
    hidden_size=256,
    num_hidden_layers=4,
    num_attention_heads=4,
    intermediate_size=1024,
    max_position_embeddings=512,
)


def read_shape(model: str) -> tuple[BertConfig, Tokenizer]:
    """Return config and tokenizer of a model folder or a shipped model."""
    folder = catalogue.find_model(model)
    given = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    known = {field.name for field in dataclasses.fields(BertConfig)}
    config = BertConfig(**{name: value for name, value in given.items() if name in known})
    return config, Tokenizer.load(folder)


def build_checkpoint(config: BertConfig, tokenizer: Tokenizer, folder: Path) -> Path:
    """Write a checkpoint of that shape with random weights."""
    save_checkpoint(
        folder,
        BertForEvidenceClassification(BertEncoder(config), num_labels=2),
        tokenizer_json=tokenizer.to_json(),
        task="classification",
        labels=("ordinary", "ad"),
        max_length=256,
    )
    return folder


def export_both(checkpoint_folder: Path, folder: Path) -> tuple[Path, Path]:
    """Write an fp32 and an int8 export of a checkpoint, without the gate."""
    checkpoint = load_checkpoint(checkpoint_folder)
    manifest: Manifest = checkpoint.manifest
    part = served(checkpoint.model, manifest.task, checkpoint_folder)
    graph = trace(part, checkpoint.model.config, max_length=manifest.max_length)
    contents = {"fp32": graph.SerializeToString()}
    contents["int8"] = quantize(graph).SerializeToString()
    for name, content in contents.items():
        write_export(folder / name, content, source=checkpoint_folder, manifest=manifest, export={})
    return folder / "fp32", folder / "int8"


def contestants(checkpoint_folder: Path, folder: Path) -> dict[str, Callable[[], object]]:
    """Return what is measured, by name, on the same tokens."""
    fp32, int8 = export_both(checkpoint_folder, folder)
    ids = Tokenizer.load(checkpoint_folder).encode([POST], max_length=256)[0].ids
    model = load_checkpoint(checkpoint_folder).model.eval()
    ids_BT = torch.tensor([ids])
    mask_BT = torch.ones_like(ids_BT)
    runners = {
        name: OnnxRunner(path / "model.onnx", signature=SIGNATURE)
        for name, path in (("fp32", fp32), ("int8", int8))
    }
    feed = {"input_ids": ids}
    classifier = Classifier.load(int8)

    def eager() -> object:
        with torch.inference_mode():
            return model(ids_BT, mask_BT)

    return {
        "PyTorch eager": eager,
        "ONNX fp32": lambda: list(runners["fp32"].run([feed])),
        "ONNX int8": lambda: list(runners["int8"].run([feed])),
        "classify (int8)": lambda: classifier.classify([POST], reasons=False),
        "classify (int8), reasons": lambda: classifier.classify([POST]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="ads")
    parser.add_argument("--largest", action="store_true")
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    config, tokenizer = read_shape(options.model)
    config = LARGEST if options.largest else config
    with tempfile.TemporaryDirectory() as name:
        checkpoint_folder = build_checkpoint(config, tokenizer, Path(name) / "checkpoint")
        runs = contestants(checkpoint_folder, Path(name))
        num_bytes = (Path(name) / "int8" / "model.onnx").stat().st_size
        wall, processor = measure(runs, num_rounds=options.rounds)
    num_tokens = len(tokenizer.encode([POST], max_length=256)[0].ids)
    print(
        f"{config.num_hidden_layers} layers of {config.hidden_size}, {config.vocab_size:,} tokens "
        f"in the vocabulary, int8 file {num_bytes / 1e6:.1f} MB; {len(POST)} characters, "
        f"{num_tokens} tokens, 1 thread, {options.rounds} rounds in turn"
    )
    baseline = np.median(wall["PyTorch eager"])
    print(f"{'':18}{'p50':>10}{'p99':>13}{'ratio':>9}{'processor time':>19}")
    for name, values in wall.items():
        p50, p99 = np.percentile(values, [50, 99])
        busy = np.median(processor[name])
        print(f"{name:18}{p50:7.2f} ms{p99:10.2f} ms{baseline / p50:8.2f}x{busy:16.2f} ms")


def measure(
    runs: dict[str, Callable[[], object]], *, num_rounds: int
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Let all run once a round; return the milliseconds of each, by the wall and by the processor.

    The first rounds are left out. On a machine with other work only the second tells the cost.
    """
    wall: dict[str, list[float]] = {name: [] for name in runs}
    processor: dict[str, list[float]] = {name: [] for name in runs}
    for round_number in range(WARM_UP + num_rounds):
        for name, run in runs.items():
            began, began_busy = time.perf_counter(), time.process_time()
            run()
            if round_number >= WARM_UP:
                wall[name].append(1000 * (time.perf_counter() - began))
                processor[name].append(1000 * (time.process_time() - began_busy))
    return wall, processor


if __name__ == "__main__":
    main()
