"""Search by title, for Korean: words are cut into pairs of syllables.

A word 백화점 is kept as 백화·화점·점, and a search for a word asks for its pairs in a row, so that
any part of a word is found from two syllables on (백화점 finds 백화점에서, 화점 too); one syllable
alone is a prefix of a pair. The pairs lie in SQLite's FTS5 or in a PostgreSQL tsvector, whose own
splitting of Korean text would find whole words only. The lone last letter keeps two words apart:
pairs in a row never run over it.
"""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Lookup
from django.db.models.sql.compiler import SQLCompiler

from madang.text.composition import compose
from madang.text.word import bigrams

# A row of words longer than this is no search anybody types; each costs a pass of the index.
MAX_WORDS = 8
MAX_WORD_LENGTH = 40


def split_words(text: str) -> list[str]:
    """Split *text* into words of letters and digits, composed (NFKC) and without case.

    >>> split_words("서울 ＣＡＦＥ-투어!")
    ['서울', 'cafe', '투어']
    """
    text = compose(text, "NFKC").casefold()
    return "".join(letter if letter.isalnum() else " " for letter in text).split()


def cut_grams(word: str) -> list[str]:
    """Cut *word* into its pairs of letters, and its last letter alone.

    >>> cut_grams("백화점")
    ['백화', '화점', '점']
    """
    return [*bigrams(word), *word[-1:]]


def parse_query(query: str) -> tuple[tuple[str, ...], ...]:
    """Turn what a person typed into the pairs to look for, word by word.

    >>> parse_query("백화점 빵")
    (('백화', '화점'), ('빵',))
    """
    words = dict.fromkeys(word[:MAX_WORD_LENGTH] for word in split_words(query))
    return tuple(tuple(cut_grams(word)[:-1]) or (word,) for word in list(words)[:MAX_WORDS])


def write_fts5(words: Sequence[Sequence[str]]) -> str:
    """Write a parsed query in FTS5's language.

    >>> write_fts5((("백화", "화점"), ("빵",)))
    '"백화 화점" AND "빵"*'
    """
    return " AND ".join(
        f'"{" ".join(grams)}"' + ("*" if len(grams[0]) == 1 else "") for grams in words
    )


def write_tsquery(words: Sequence[Sequence[str]]) -> str:
    """Write a parsed query as a tsquery.

    >>> write_tsquery((("백화", "화점"), ("빵",)))
    "('백화' <-> '화점') & ('빵':*)"
    """
    return " & ".join(
        "(" + " <-> ".join(f"'{gram}'" + ":*" * (len(gram) == 1) for gram in grams) + ")"
        for grams in words
    )


class GramsField(models.Field[str, str]):
    """The pairs of a text; give it the text itself."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Name the column's type."""
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> str:
        """Write the pairs of the text in the database's form."""
        grams = [gram for word in split_words(value) for gram in cut_grams(word)]
        if connection.vendor != "postgresql":
            return " ".join(grams)
        return " ".join(f"'{gram}':{place}" for place, gram in enumerate(grams, start=1))

    def get_placeholder(
        self, value: Any, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> str:
        """Cast the written form on PostgreSQL."""
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"


@GramsField.register_lookup
class Match(Lookup[Any]):
    """``grams__match=parse_query(…)``: all words are in the text."""

    lookup_name = "match"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Write the query in the database's language."""
        postgresql = connection.vendor == "postgresql"
        return "%s", [write_tsquery(value) if postgresql else write_fts5(value)]

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        """Compare by FTS5's MATCH or PostgreSQL's @@."""
        left, left_parameters = self.process_lhs(compiler, connection)
        right, right_parameters = self.process_rhs(compiler, connection)
        parameters = [*left_parameters, *right_parameters]
        if connection.vendor == "postgresql":
            return f"{left} @@ {right}::tsquery", parameters
        return f"{left} MATCH {right}", parameters
