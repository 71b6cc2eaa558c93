"""Instagram posts in Korean, advertising or ordinary, labelled by the hashtag they were found by.

The labels are weak (#협찬 이지만 #찐후기 counts as ordinary). The hashtags give them away, so the
reader removes every such tag (``madang.text.giveaway``). Of the 44,122 posts it then drops

====== =========================================================
 1,474 with no letter left
 1,141 that were found under both labels (463 texts)
 4,237 that differ from an earlier one in white space, signs and case only
     1 that is in ``test``
====== =========================================================

One in ten of the rest, chosen by the hash of its letters, is the hold-out ``validation``. Left are

=============== ======== ======
split           ordinary     ad
=============== ======== ======
``train``         20,808 12,725
``validation``     2,376  1,360
``test``           2,723  1,466
=============== ======== ======

``test`` is another domain, posts about one beauty device; it is read whole, its 448 repeats and 7
empty posts included, with the same tags taken out. Its file is a part of the published
``data/pral_final.csv`` without its numbering; the same bytes are not public.
"""

from collections.abc import Iterable, Iterator

from madang.datasets.card import DatasetCard, LabelledText, data_files
from madang.datasets.delimited import read_columns
from madang.datasets.folder import DataFolder
from madang.datasets.split import is_held_out
from madang.text.giveaway import strip_giveaways
from madang.text.word import letters

COMMIT = "ba6d4030ec3d43d6b9e69bdd1ce8d15c1d9a0262"
SOURCE = f"https://raw.githubusercontent.com/lwoongh38/project_cs2/{COMMIT}/data/raw"
PRODUCT_FILE = "product_dev.csv"
PRODUCT_FILES = {PRODUCT_FILE: "2bbed4460520ce6eb13b64ce335b9b2018df79b08b955eac3d729aeeb77e5e15"}
HASHTAG_FILES = {
    "label_0/광고아님.csv": "6586f48fac0b2dce378d7f36063c8be46857c91a6acb1acbe8a5bd8760fce1a9",
    "label_0/내돈내산.csv": "582c443605559e8b2597af28fcd1fb25d0f7e4224c394a9cc6db9309e33cae16",
    "label_0/찐후기.csv": "4f8661196146931c3390d0ef6360959ac61fb6afc284b2c78722f57673dd8c2a",
    "label_0/협찬환영.csv": "2e5937bddaaf76f1bbba8966468fa7d285b5e259c131a16ed46193dc13f9306a",
    "label_0/후기.csv": "35b27f58cca2e82102f320eff2988bc7182fa1a0e0729317c8a5aea6faa2af55",
    "label_1/광고.csv": "6d577ab91f61238472ab2763a73e2543e5ef63afebd45c4a4825ae08878104cb",
    "label_1/문의.csv": "7b82a47d4ae530149ffd501a0f6358f214d4a837b72ad0c504efeea3d2293338",
    "label_1/방판.csv": "51ca4de7b1594baae6797ac202ef79ae6e99573feeb375e9e3b56434ccadad92",
    "label_1/협찬.csv": "5277afcb26056ce7352be21af3f3124ba049f9ec1b7ffa3b7b2fbad77183cf1b",
    "label_1/홍보.csv": "8a873652ac751e820ac5820866413f80c0b0e4649844cf3b6f8f011dfaa111bd",
}


def read(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the posts of a split; ``group`` is the hashtag searched, None in ``test``."""
    if split == "test":
        return _product_posts(folder)
    is_wanted = split == "validation"
    posts = distinct(_hashtag_posts(folder), _product_posts(folder))
    return (post for key, post in posts.items() if is_held_out(key) == is_wanted)


def distinct(
    posts: Iterable[LabelledText], test: Iterable[LabelledText]
) -> dict[str, LabelledText]:
    """Return each post once by its letters, without those left empty, contradictory or in test."""
    first: dict[str, LabelledText] = {}
    dropped = {"", *(letters(post.text) for post in test)}
    for post in posts:
        key = letters(post.text)
        if first.setdefault(key, post).label != post.label:
            dropped.add(key)
    return {key: post for key, post in first.items() if key not in dropped}


def _hashtag_posts(folder: DataFolder) -> Iterator[LabelledText]:
    for path in HASHTAG_FILES:
        label_folder, name = path.split("/")
        label, group = int(label_folder.removeprefix("label_")), name.removesuffix(".csv")
        for row in _rows(folder, path):
            yield LabelledText(text=strip_giveaways(row["text"]), label=label, group=group)


def _product_posts(folder: DataFolder) -> Iterator[LabelledText]:
    for row in _rows(folder, PRODUCT_FILE):
        yield LabelledText(text=strip_giveaways(row["text"]), label=int(row["label"]))


def _rows(folder: DataFolder, path: str) -> Iterator[dict[str, str]]:
    text, source = folder.read_text(CARD.file(path)), f"{path} of ads_instagram"
    return read_columns(text, ("text", "label"), source=source, delimiter=",", has_quotes=True)


CARD = DatasetCard(
    name="ads_instagram",
    title="Korean Instagram posts, advertising or ordinary, by the hashtag searched (weak labels)",
    address=f"https://github.com/lwoongh38/project_cs2/tree/{COMMIT}",
    licence="none stated (crawled from Instagram): for research; do not pass the posts on",
    labels=("ordinary", "ad"),
    splits={
        "train": "nine in ten of the hashtag posts",
        "validation": "one in ten of the hashtag posts, by hash of the text",
        "test": "4,189 posts about one product: another domain",
    },
    files=data_files(HASHTAG_FILES, source=SOURCE) + data_files(PRODUCT_FILES),
    read=read,
    measured_on=("validation", "test"),
)
