"""A served recommender beside its checkpoint, and the laws of its catalogue."""

import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from madang.errors import CheckpointError, SettingError
from madang.export.onnx import export_onnx
from madang.formats.item_list import ItemList, record_of, write_items
from madang.models.bert4rec import Bert4Rec, Bert4RecConfig, SasRec, SasRecConfig
from madang.models.bert4rec.huggingface import special_tokens_json
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.serving import Recommender
from madang.tasks.recommendation.item_table import ItemTable

ITEMS = (*(f"item {number}" for number in range(38)), "손글씨 액자", "은 목걸이")
COUNTS = (*range(40, 2, -1), 0, 0)
NUM_POSITIONS = 8
DESCRIPTION_WIDTH = 5


@pytest.fixture(scope="module", params=["bert4rec", "sasrec"])
def checkpoint(request, tmp_path_factory):
    """A checkpoint with random weights that are far enough apart to prefer something."""
    torch.manual_seed(0)
    kind, config = {
        "bert4rec": (Bert4Rec, Bert4RecConfig),
        "sasrec": (SasRec, SasRecConfig),
    }[request.param]
    size = {"hidden_size": 16, "max_position_embeddings": NUM_POSITIONS, "initializer_range": 0.4}
    model = kind(config(**size).of_items(len(ITEMS)))
    torch.nn.init.normal_(model.head.bias)
    folder = tmp_path_factory.mktemp(request.param)
    items = ItemList(
        items=ITEMS, counts=COUNTS, describer="sentence", attributes=("silver", "paper")
    )
    matrix = np.random.default_rng(0).standard_normal((DESCRIPTION_WIDTH + 1, 17), np.float32)
    write_items(folder, items=items, arrays={"description_map": matrix}, texts={})
    save_checkpoint(
        folder,
        model,
        tokenizer_json=special_tokens_json(len(ITEMS)),
        task="recommendation",
        max_length=NUM_POSITIONS,
        record=record_of(items),
    )
    return folder


@pytest.fixture(scope="module")
def exported(checkpoint, tmp_path_factory):
    """The ONNX folder of ``checkpoint``."""
    return export_onnx(checkpoint, tmp_path_factory.mktemp("export"))


@pytest.fixture
def recommender(exported):
    """The recommender of ``exported``, its own in each test: a catalogue changes."""
    return Recommender.load(exported)


def histories(num_histories, longest=20, shortest=1, seed=0):
    random = np.random.default_rng(seed)
    return [
        random.integers(0, len(ITEMS), random.integers(shortest, longest + 1))
        for _ in range(num_histories)
    ]


def test_the_scores_are_those_of_the_model(checkpoint, recommender):
    model = load_checkpoint(checkpoint).model
    rows = histories(40)
    found = recommender.score(rows)
    assert found.shape == (40, len(ITEMS))
    for row, history in enumerate(rows):
        read = torch.from_numpy(history[-model.most_items :] + 1)[None]
        expected = model.score_next(read)[0, 1:-1].detach().numpy()
        np.testing.assert_allclose(found[row], expected, rtol=0, atol=1e-4)


def test_every_length_of_history_is_answered_as_by_the_model(checkpoint, recommender):
    model = load_checkpoint(checkpoint).model
    for length in range(1, NUM_POSITIONS + 3):
        history = np.arange(length) % len(ITEMS)
        read = torch.from_numpy(history[-model.most_items :] + 1)[None]
        expected = model.score_next(read)[0, 1:-1].detach().numpy()
        np.testing.assert_allclose(recommender.score([history])[0], expected, rtol=0, atol=1e-4)


def test_a_batch_of_one_equals_a_batch_of_32(recommender):
    rows = histories(32)
    numbers, scores = recommender.top(rows, k=5)
    for row, history in enumerate(rows):
        alone, alone_scores = recommender.top([history], k=5)
        assert alone[0].tolist() == numbers[row].tolist()
        np.testing.assert_allclose(alone_scores[0], scores[row], rtol=0, atol=1e-5)


def test_more_threads_change_nothing(exported, recommender):
    rows = histories(64)
    several = Recommender.load(exported, num_threads=3)
    for one, other in zip(recommender.top(rows), several.top(rows), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)


def test_the_best_are_those_of_a_sort_without_what_was_seen(recommender):
    (history,) = histories(1, seed=3)
    ids = [ITEMS[number] for number in history]
    scores = dict(zip(ITEMS, recommender.score([history])[0].tolist(), strict=True))
    ranking = sorted(ITEMS, key=lambda item: -scores[item])
    answer = recommender.recommend(history=ids, k=5)
    unseen = [item for item in ranking if item not in ids]
    assert [each.item for each in answer.items] == unseen[:5]
    assert [each.score for each in answer.items] == pytest.approx([scores[i] for i in unseen[:5]])
    everything = recommender.recommend(history=ids, k=len(ITEMS), exclude_seen=False)
    assert [each.item for each in everything.items] == ranking


def test_unknown_items_are_skipped_and_counted(recommender):
    known = recommender.recommend(history=["item 3", "손글씨 액자"])
    mixed = recommender.recommend(history=["없는 것", "item 3", "", "손글씨 액자", "item 99"])
    assert mixed.items == known.items
    assert (mixed.num_unknown, known.num_unknown) == (3, 0)


@pytest.mark.parametrize("history", [[], ["없는 것"]])
def test_without_a_known_item_what_is_popular_is_recommended(recommender, history):
    answer = recommender.recommend(history=history, k=3)
    assert [each.item for each in answer.items] == ["item 0", "item 1", "item 2"]
    assert answer.items[0].score == pytest.approx(40 / sum(COUNTS))
    assert answer.num_unknown == len(history)


def test_more_than_the_catalogue_gives_all_of_it_once(recommender):
    answer = recommender.recommend(history=["item 3", "item 3"], k=500)
    assert len(answer.items) == len(ITEMS) - 1
    assert {each.item for each in answer.items} == set(ITEMS) - {"item 3"}
    assert recommender.recommend(history=list(ITEMS)).items == ()


def test_of_a_history_of_100_000_items_the_last_are_read_and_all_excluded(recommender):
    long = [ITEMS[number % 30] for number in range(100_000)]
    short = long[-recommender.manifest.max_length :]
    found = recommender.recommend(history=long, k=50, exclude_seen=False)
    expected = recommender.recommend(history=short, k=50, exclude_seen=False)
    assert [each.item for each in found.items] == [each.item for each in expected.items]
    assert {each.item for each in recommender.recommend(history=long, k=50).items} == set(
        ITEMS[30:]
    )


def test_asking_wrongly_is_refused(recommender):
    with pytest.raises(SettingError, match="k is 0; it must be 1 or more"):
        recommender.recommend(history=["item 1"], k=0)
    with pytest.raises(SettingError, match="A history is one string; give a list"):
        recommender.recommend(history="item 1")


def test_the_reason_is_the_item_whose_removal_lowers_the_score_the_most(recommender):
    for row in histories(10, longest=7, shortest=2, seed=5):
        ids = [ITEMS[number] for number in row]
        item = recommender.recommend(history=ids, k=1).items[0].item
        place = ITEMS.index(item)
        whole = recommender.score([row])[0, place]
        drops = {
            ITEMS[number]: whole - recommender.score([row[row != number]])[0, place]
            for number in dict.fromkeys(row.tolist())
            if (row != number).any()
        }
        expected = max(drops, key=drops.__getitem__) if drops else ids[0]
        if drops and drops[expected] <= 0:
            expected = None
        assert recommender.because(history=ids, item=item) == expected


def test_a_lone_item_is_its_own_reason_and_no_history_has_none(recommender):
    assert recommender.because(history=["item 4", "?"], item="item 7") == "item 4"
    assert recommender.because(history=["?"], item="item 7") is None
    with pytest.raises(SettingError, match="'없음' is no item"):
        recommender.because(history=["item 4"], item="없음")


def described(num_items, seed=0):
    random = np.random.default_rng(seed)
    return random.standard_normal((num_items, DESCRIPTION_WIDTH - 2), np.float32)


def test_a_new_item_moves_no_other_score_and_is_placed_by_its_description(recommender):
    rows = histories(8)
    before, matrix = recommender.score(rows), recommender.table.description_map
    vectors = described(2)
    recommender.add_items(
        ["새 책", "새 컵"], vectors=vectors, attributes=[["paper", "unheard of"], []]
    )
    after = recommender.score(rows)
    np.testing.assert_array_equal(after[:, : len(ITEMS)], before)
    # By hand: the text's vector, then silver and paper, then the constant.
    features = np.array([[*vectors[0], 0, 1, 1], [*vectors[1], 0, 0, 1]], np.float32)
    expected = features @ matrix
    added = len(ITEMS)
    np.testing.assert_allclose(recommender.table.vectors_VD[added:], expected[:, :-1], atol=1e-5)
    np.testing.assert_allclose(recommender.table.offsets_V[added:], expected[:, -1], atol=1e-5)
    everything = recommender.recommend(history=["item 1"], k=100)
    assert {"새 책", "새 컵"} <= {each.item for each in everything.items}
    assert recommender.recommend(history=["새 책", "item 1"]).num_unknown == 0


def test_a_retired_item_moves_no_other_score_and_is_never_recommended(recommender):
    rows = histories(8)
    before = recommender.score(rows)
    recommender.retire_items(["item 0", "은 목걸이"])
    after = recommender.score(rows)
    retired = [0, ITEMS.index("은 목걸이")]
    kept = [number for number in range(len(ITEMS)) if number not in retired]
    np.testing.assert_array_equal(after[:, kept], before[:, kept])
    assert (after[:, retired] == -np.inf).all()
    for history in (["item 1"], [], ["item 0", "item 5"]):
        answer = recommender.recommend(history=history, k=100)
        assert not {"item 0", "은 목걸이"} & {each.item for each in answer.items}
        assert answer.num_unknown == 0


def test_a_changed_catalogue_is_saved_and_opened_again(exported, tmp_path, recommender):
    for path in exported.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    recommender.add_items(["새 책"], vectors=described(1), attributes=[[]])
    recommender.retire_items(["item 0"])
    recommender.save_items(tmp_path)
    again = Recommender.load(tmp_path)
    assert again.items == (*ITEMS, "새 책")
    rows = histories(5)
    np.testing.assert_array_equal(again.score(rows), recommender.score(rows))
    assert again.version == recommender.version


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.add_items(["새 책"], vectors=described(1), attributes=[[]]),
        lambda it: it.retire_items(["item 0"]),
    ],
)
def test_another_catalogue_is_another_version(exported, recommender, change):
    before = recommender.version
    assert Recommender.load(exported).version == before
    change(recommender)
    assert recommender.version != before


@pytest.mark.parametrize("num_moves", [0, 1, 2, 3])
def test_a_save_that_is_killed_leaves_the_old_state_or_a_folder_that_is_refused(
    exported, tmp_path, recommender, monkeypatch, num_moves
):
    folder, before = copied(exported, tmp_path), recommender.version
    # As many items as before, so that no shape tells the two states apart.
    other = np.random.default_rng(1).permutation(recommender.table.vectors_VD)
    recommender.table = dataclasses.replace(recommender.table, vectors_VD=other)
    moved, replace = [], Path.replace

    def move(path, target):
        if len(moved) == num_moves:
            raise KeyboardInterrupt
        moved.append(target)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", move)
    if num_moves < 3:
        with pytest.raises(KeyboardInterrupt):
            recommender.save_items(folder)
    else:
        recommender.save_items(folder)
    try:
        found = Recommender.load(folder).version
    except CheckpointError:
        assert num_moves == 1
    else:
        assert found == (before if num_moves == 0 else recommender.version)


def test_a_catalogue_that_changes_while_somebody_asks_changes_no_answer_half(
    recommender, monkeypatch
):
    numbers = ItemTable.numbers

    def numbers_while_an_item_is_added(table, ids):
        if "새 책" not in recommender.table.number_of:
            recommender.add_items(["새 책"], vectors=described(1), attributes=[[]])
        return numbers(table, ids)

    expected = recommender.recommend(history=["item 3"], k=100)
    monkeypatch.setattr(ItemTable, "numbers", numbers_while_an_item_is_added)
    assert recommender.recommend(history=["item 3"], k=100) == expected
    assert len(recommender.recommend(history=["item 3"], k=100).items) == len(ITEMS)


def test_an_export_that_does_not_say_whose_arrays_it_has_is_refused(exported, tmp_path):
    folder = copied(exported, tmp_path)
    manifest = json.loads((folder / "madang.json").read_text())
    del manifest["record"]["arrays_sha256"]
    (folder / "madang.json").write_text(json.dumps(manifest))
    with pytest.raises(CheckpointError, match=r"has no arrays_sha256.*madang export"):
        Recommender.load(folder)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"items": ["item 3"], "vectors": described(1), "attributes": [[]]}, "known already"),
        ({"items": ["a", "a"], "vectors": described(2), "attributes": [[], []]}, "given twice"),
        ({"items": ["a"], "vectors": described(2), "attributes": [[]]}, "each needs a text or its"),
        ({"items": ["a"], "vectors": described(1)}, "and attributes, 5 numbers in all"),
        ({"items": ["a"], "vectors": described(1)[:, :2], "attributes": [[]]}, "5 numbers in all"),
    ],
)
def test_items_that_can_not_be_added_are_refused(recommender, given, message):
    options = {name: value for name, value in given.items() if name != "items"}
    with pytest.raises(SettingError, match=message):
        recommender.add_items(given["items"], **options)
    assert recommender.items == ITEMS


def test_an_item_that_is_not_known_can_not_be_retired(recommender):
    with pytest.raises(SettingError, match="'없음' is no item of this catalogue"):
        recommender.retire_items(["없음"])


def arrays_of(seed):
    """Arrays of the right shapes that are another model's."""
    content, random = io.BytesIO(), np.random.default_rng(seed)
    np.savez(
        content,
        vectors=random.standard_normal((len(ITEMS), 16), np.float32),
        offsets=random.standard_normal(len(ITEMS), np.float32),
    )
    return content.getvalue()


def copied(exported, folder):
    for path in exported.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_another_catalogue_is_refused(exported, tmp_path):
    folder = copied(exported, tmp_path)
    fields = json.loads((folder / "items.json").read_text())
    fields["items"][3], fields["items"][4] = fields["items"][4], fields["items"][3]
    (folder / "items.json").write_text(json.dumps(fields))
    with pytest.raises(CheckpointError, match=r"fingerprint .* but the model belongs to"):
        Recommender.load(folder)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("items.json", None, r"holds no items\.json"),
        ("items.json", b"{", "can not be read as a catalogue"),
        ("items.json", b'{"items": ["a", "a"]}', "can not be read as a catalogue"),
        ("items.npz", None, "holds no vectors, offsets"),
        ("items.npz", arrays_of(0), "has the fingerprint .* but the model belongs to"),
        ("items.npz", b"PK\x03\x04 cut off", "can not be read"),
    ],
)
def test_a_broken_catalogue_is_refused(exported, tmp_path, name, content, message):
    folder = copied(exported, tmp_path)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=message):
        Recommender.load(folder)


def test_a_model_for_another_task_is_refused(exported):
    with pytest.raises(CheckpointError, match="is a model for 'classification'"):
        Recommender.load("ads")
