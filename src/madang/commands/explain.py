"""``madang explain``: a page that shows why a model decided as it did on a text."""

from pathlib import Path

from madang import storage
from madang.commands.output import say
from madang.errors import SettingError
from madang.explanation.explanation import explain_text
from madang.explanation.page import write_page
from madang.text.unicode import replace_surrogates


def explain(
    text: str,
    *,
    output: Path,
    model: str = "ads",
    language: str = "ko",
) -> None:
    """Write one HTML page: the text with what each word did, and where every head looked.

    Args:
        text: the text to explain.
        output: the HTML file to write.
        model: the name of a shipped model, an exported folder, or a checkpoint; attention and
            integrated gradients need a checkpoint.
        language: of the page: ko or en.
    """
    if output.suffix.lower() not in (".html", ".htm"):
        raise SettingError(f"output is {output}; a page ends in .html: --output explain.html")
    explanation = explain_text(replace_surrogates(text), model)
    storage.write_text(output, write_page(explanation, language=language))
    decision = explanation.decision
    if not explanation.is_judged:
        say("There is nothing to judge in the text.")
    elif decision is not None:
        say(f"{decision.label}, {100 * decision.probability:.1f} %")
    if explanation.gradients is not None:
        say(
            f"integrated gradients add up to the score within "
            f"{abs(explanation.gradients.difference):.4f} of log-odds"
        )
    say(f"The page is {output}.")
