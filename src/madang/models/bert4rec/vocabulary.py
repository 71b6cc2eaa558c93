"""The ``tokenizer.json`` of a recommender: its special ids and nothing else.

Its items stand in ``items.json``: there are many, they come and go, and an id of theirs may be any
text, also one that a tokenizer would cut or take for a special token.
"""

from tokenizers import Tokenizer, models


def special_tokens_json(num_items: int) -> str:
    """Return a tokenizer that knows padding and the mask behind ``num_items`` items.

    >>> Tokenizer.from_str(special_tokens_json(8)).token_to_id("[MASK]")
    9
    """
    vocabulary = {"[PAD]": 0, "[MASK]": num_items + 1}
    text: str = Tokenizer(models.WordLevel(vocabulary, unk_token="[PAD]")).to_str()
    return text
