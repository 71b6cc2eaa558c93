"""The sentence of a context that is most like the question: what reading has to beat.

It seldom is the answer, but how often it holds the answer shows what reading adds to matching. The
arithmetic is scikit-learn's.
"""

from collections.abc import Sequence

from madang.baselines.ngram import ngram_vectorizer
from madang.decoding.span import Span
from madang.text.sentence import sentence_spans


class BestSentence:
    """Answer with the sentence of the context whose TF-IDF vector is nearest to the question's.

    How rare character n-grams are is counted in the sentences of ``contexts``.
    """

    def __init__(self, contexts: Sequence[str]) -> None:
        sentences = [
            context[slice(*span)] for context in contexts for span in sentence_spans(context)
        ]
        self._vectors = ngram_vectorizer(2, 4).fit(sentences)

    def spans(
        self, questions: Sequence[tuple[str, str]], *, num_spans: int = 1
    ) -> list[list[Span]]:
        """Return the best sentence for each question, or none where the context has no sentence."""
        return [self._best(*question)[:num_spans] for question in questions]

    def _best(self, question: str, context: str) -> list[Span]:
        spans = sentence_spans(context)
        if not spans:
            return []
        vectors = self._vectors.transform([question, *(context[slice(*span)] for span in spans)])
        similarity = (vectors[1:] @ vectors[0].T).toarray()[:, 0]
        ranked = sorted(zip(similarity.tolist(), spans, strict=True), key=lambda pair: -pair[0])
        return [Span(start, end, probability=score) for score, (start, end) in ranked]
