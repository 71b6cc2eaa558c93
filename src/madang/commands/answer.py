"""``madang answer``: find the answer to a question in a text."""

from pathlib import Path

from madang.commands.output import fields_of, print_json
from madang.datasets.table.encoding import read_text
from madang.errors import SettingError
from madang.tasks.answering.predictor import Answerer
from madang.text.unicode import replace_surrogates


def answer(
    text: str | None = None,
    *,
    question: str,
    model: str,
    input: Path | None = None,
    encoding: str = "",
    answers: int = 1,
    threads: int = 1,
) -> None:
    """Print the answer that a text gives to a question as JSON, with its characters.

    Args:
        text: the text to look in.
        question: what is asked.
        model: the name of a shipped model, or an exported folder.
        input: a text file to look in; it is read whole, however long.
        encoding: of a file that is not UTF-8 and bears no mark, such as cp949.
        answers: how many answers to give, the most probable first.
        threads: how many windows of a long text to read at once.
    """
    if (text is None) == (input is None):
        given = "neither" if text is None else "both"
        raise SettingError(
            f"Give either a text or --input FILE ({given} given): "
            '`madang answer "…" --question "…?" --model FOLDER`'
        )
    context = read_text(input, encoding) if input is not None else text or ""
    context = replace_surrogates(context)
    answerer = Answerer.load(model, num_threads=threads)
    found = answerer.answer(replace_surrogates(question), context, num_answers=answers)
    answers_found = [fields_of(each) for each in found]
    origin = {"model": model, "version": answerer.version}
    print_json({"question": question, "answers": answers_found, **origin})
