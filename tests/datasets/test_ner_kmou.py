"""The entity corpus: its lines, its counts, its split."""

from collections import Counter

import pytest

from madang.datasets.card import Entity, TaggedText
from madang.datasets.folder import DataFolder
from madang.datasets.registry import load
from madang.datasets.sets import ner_kmou
from madang.errors import DataError
from madang.text.markup import write_marked

FILE = (
    "## 1\n## 13일까지 <2> 박 대표\n## <13일:DAT>까지 <2> <박:PER> 대표\n"
    "13\t13\tSN\tB-DAT\n일\t일\tNNB\tI-DAT\n까지\t까지\tJX\tO\n##\t##\tSY\tO\n\n"
    "## 2\n## 없다\n## 없다\n없\t없\tVA\tO\n"
)


def test_a_sentence_is_read_with_the_exact_characters_of_its_entities():
    first, second = ner_kmou.sentences(FILE)
    assert [first.text[entity.start : entity.end] for entity in first.entities] == ["13일", "박"]
    assert first.entities == (Entity(0, 3, "DAT"), Entity(10, 11, "PER"))
    assert second == TaggedText("없다", ())


def test_an_annotated_copy_of_another_text_is_an_error():
    with pytest.raises(DataError, match="differ"):
        list(ner_kmou.sentences("## 1\n## 13일\n## <14일:DAT>\n"))


@pytest.mark.usefixtures("real_data")
def test_the_published_archive_has_the_published_counts():
    test = load("ner_kmou", "test")
    assert len(test) == 931
    assert Counter(entity.type for row in test for entity in row.entities) == {
        "NOH": 1010,
        "PER": 856,
        "ORG": 797,
        "POH": 215,
        "LOC": 206,
        "DAT": 182,
        "PNT": 60,
        "DUR": 50,
        "MNY": 20,
        "TIM": 19,
    }
    train, validation = load("ner_kmou", "train"), load("ner_kmou", "validation")
    # 23,033 are published; one of them stands in the test too.
    assert (len(train), len(validation)) == (21_878, 1_154)
    texts = [{row.text for row in rows} for rows in (train, validation, test)]
    assert sum(map(len, texts)) == len(set().union(*texts))


@pytest.mark.usefixtures("real_data")
def test_every_sentence_of_the_archive_is_written_again_as_it_stood():
    files = ner_kmou.unpack(DataFolder("ner_kmou").read_bytes(ner_kmou.CARD.files[0]))
    num_sentences = 0
    for content in files.values():
        lines = content.split("\n")
        marked = [lines[i + 2] for i, line in enumerate(lines) if ner_kmou.NUMBER.fullmatch(line)]
        rows = list(ner_kmou.sentences(content))
        assert marked == [
            "## " + write_marked(row.text, ((e.start, e.end, e.type) for e in row.entities))
            for row in rows
        ]
        num_sentences += len(rows)
    assert num_sentences == 23_033 + 931
