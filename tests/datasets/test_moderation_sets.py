"""The data sets for moderation: rows made here, and the counts that are known of the real ones."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from madang.datasets.card import DataFile
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records
from madang.datasets.registry import CARDS, find_card, load
from madang.datasets.sets import hate_kmhas
from madang.errors import DataError
from madang.storage import sha256_of

# All rows of a data set, whatever their split.
COUNTS = {
    "ads_dc_products": 1_272,
    "ads_english_spam": 6_787,
    "ads_sms_spam": 5_059 + 5_766 + 92,
    "ads_viral_x": 1_404 + 2_936,
    "community_unlabelled": 42_409,
    "hate_curse": 4_342,
    "hate_dktc": 3_844,
    "hate_hatescore": 11_102,
    "hate_kimbyeolhee": 7_446,
    "hate_kmhas": 30_561,
    "hate_zizun_own": 3_261,
    "intent_3i4k": 56_998,
    "jobplanet": 2 * 2_123,
    "naver_shopping": 2_499,
    "pairs_pawsx_ko": 3_999,
    "parakqc": 10_000,
    "questions_health": 1_643,
    "questions_welfare": 9_545,
    "sentiment_kakao_reviews": 5_145,
}
LABELS = {
    "ads_english_spam": {"ordinary": 5_342, "ad": 1_445},
    "ads_sms_spam": {"ordinary": 5_766 + 92, "spam": 5_059},
    "hate_curse": {"ordinary": 2_825, "offensive": 1_517},
    "hate_dktc": {"threat": 892, "extortion": 973, "workplace": 969, "other": 1_010},
    "hate_kimbyeolhee": {"insult": 2_493, "discrimination": 1_136, "sexual": 851, "threat": 351},
    "hate_zizun_own": {"ordinary": 1_747, "malicious": 1_514},
    "pairs_pawsx_ko": {"different": 2_264, "same": 1_735},
    "sentiment_kakao_reviews": {"5": 2_360, "4": 986, "3": 713, "1": 665, "2": 421},
    "naver_shopping": {"negative": 1_249, "positive": 1_250},
}


def every(name: str) -> list:
    return [row for split in find_card(name).splits for row in load(name, split)]


def counts(name: str, rows: list) -> dict[str, int]:
    numbers = (getattr(row, "labels", None) or [getattr(row, "label", None)] for row in rows)
    flat = Counter(number for each in numbers for number in each if number is not None)
    return {find_card(name).labels[number]: count for number, count in flat.items()}


def test_a_row_without_its_fields_is_an_error_that_says_where(tmp_path: Path) -> None:
    path = tmp_path / "mine" / "rows.jsonl.gz"
    path.parent.mkdir()
    lines = [{"text": "가", "label": 0}, {"text": "나"}]
    plain = "\n".join(json.dumps(line) for line in lines).encode()
    path.write_bytes(gzip.compress(plain))
    (tmp_path / "plain").write_bytes(plain)
    file = DataFile(path="rows.jsonl", sha256=sha256_of(tmp_path / "plain"))
    found = read_records(DataFolder("mine", tmp_path), file, ("text", "label"))
    assert next(found) == lines[0]
    with pytest.raises(DataError, match=r"mine/rows.jsonl, line 2, lacks label; it needs text"):
        next(found)


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize("name", sorted(COUNTS))
def test_every_row_stands_in_one_split_and_is_labelled_as_counted(name: str) -> None:
    rows = every(name)
    assert len(rows) == COUNTS[name]
    assert counts(name, rows) == LABELS.get(name, counts(name, rows))


def test_no_set_for_moderation_has_an_address() -> None:
    for name in COUNTS:
        card = find_card(name)
        assert card.repository
        assert not card.address
        assert all(file.address is None for file in card.files)


def test_a_licence_that_is_not_stated_is_named_as_such() -> None:
    without = {name for name, card in CARDS.items() if not card.has_licence}
    assert without & COUNTS.keys() == {
        "ads_dc_products",
        "ads_sms_spam",
        "ads_viral_x",
        "community_unlabelled",
        "hate_kimbyeolhee",
        "jobplanet",
        "naver_shopping",
        "questions_health",
        "sentiment_kakao_reviews",
    }


@pytest.mark.usefixtures("real_data")
def test_what_kmhas_calls_test_is_learned_from_and_what_it_calls_valid_is_measured() -> None:
    learned = [*load("hate_kmhas", "train"), *load("hate_kmhas", "validation")]
    measured = load("hate_kmhas", "test")
    assert (len(learned), len(measured)) == (21_852, 8_709)
    assert len([row for row in [*learned, *measured] if row.labels]) == 13_929
    only = Counter(row.labels for row in [*learned, *measured])
    assert only[(hate_kmhas.LABELS.index("profanity"),)] == 2_419


@pytest.mark.usefixtures("real_data")
def test_a_posts_label_is_advertising_declared_or_not_and_no_account_is_on_both_sides() -> None:
    train, validation = load("ads_viral_x", "train"), load("ads_viral_x", "validation")
    assert (len(train), len(validation)) == (1_228, 176)
    assert [row.label for row in [*train, *validation]].count(1) == 812
    assert {row.group for row in train}.isdisjoint(row.group for row in validation)


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize("name", ["ads_sms_spam", "sentiment_kakao_reviews"])
def test_groups_that_were_split_apart_stay_apart(name: str) -> None:
    places = {
        split: {row.group for row in load(name, split)} for split in ("train", "validation", "test")
    }
    if name == "sentiment_kakao_reviews":
        assert places["train"].isdisjoint(places["validation"] | places["test"])
        assert places["validation"].isdisjoint(places["test"])
    else:
        assert len([row for row in load(name, "test") if row.label]) == 532


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize(
    "name", ["community_unlabelled", "questions_welfare", "questions_health", "ads_dc_products"]
)
def test_a_fifth_is_kept_to_be_measured_and_is_never_learned_from(name: str) -> None:
    test = {row.text for row in load(name, "test")}
    assert 0.18 < len(test) / COUNTS[name] < 0.22
    for split in ("train", "validation"):
        assert test.isdisjoint(row.text for row in load(name, split))
