"""Labels stay what they were; going back, today's become those of the three that they come to.

A migration of its own: PostgreSQL changes no table to which this transaction has written.
"""

from typing import Any

from django.db import migrations

OFFENSIVE, HATE = "offensive", "hate"
#: What each of today's labels comes to; of several the worst.
_THREE = {
    "insult": OFFENSIVE,
    "discrimination": HATE,
    "sexual": HATE,
    "threat": HATE,
    "profanity": "none",
}
_RANKS = ("none", OFFENSIVE, HATE)


def to_three(apps: Any, schema_editor: Any) -> None:
    for model in ("Case", "Decision"):
        rows = apps.get_model("moderation", model).objects.filter(kind="speech")
        for name in ("label", "model_label"):
            for label in list(rows.order_by().values_list(name, flat=True).distinct()):
                said = [_THREE.get(each, each) for each in label.split("|")] if label else [""]
                worst = max(said, key=lambda each: _RANKS.index(each) if each in _RANKS else -1)
                rows.filter(**{name: label}).update(**{name: worst})
        # what was decided by an action that is no more says the same by another
        if model == "Decision":
            rows.filter(action="label", label="none").update(action="clear")
            rows.filter(action="label").update(action="confirm")


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0012_several_labels"),
    ]

    operations = [migrations.RunPython(migrations.RunPython.noop, to_three)]
