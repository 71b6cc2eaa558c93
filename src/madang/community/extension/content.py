"""What of a post the models read, and the hash under which their answers are kept."""

import hashlib

from madang.text.composition import compose


def judged_text(title: str, body: str) -> str:
    r"""Put title and text together, composed, as the model reads them.

    >>> judged_text("새 크림", "좋아요")
    '새 크림\n좋아요'
    """
    return compose(f"{title}\n{body}")


def text_hash(text: str) -> str:
    """Return the SHA-256 of a judged text in hexadecimal.

    >>> text_hash(judged_text("가", "나")) == text_hash(judged_text("\u1100\u1161", "나"))
    True
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
