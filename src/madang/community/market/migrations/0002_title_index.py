"""The index of titles: what each database has for words."""

from typing import Any

from django.db import migrations

SQL = {
    "sqlite": [
        "CREATE VIRTUAL TABLE market_title_index USING fts5("
        "grams, tokenize = \"unicode61 remove_diacritics 0\")"
    ],
    "postgresql": [
        "CREATE TABLE market_title_index (rowid bigint PRIMARY KEY, grams tsvector NOT NULL)",
        "CREATE INDEX market_title_index_grams ON market_title_index USING gin (grams)",
    ],
}


def create(apps: Any, schema_editor: Any) -> None:
    for statement in SQL[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP TABLE market_title_index")


class Migration(migrations.Migration):
    dependencies = [("market", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
