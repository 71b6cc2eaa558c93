"""Whether a text has an odd number of sentences, in numpy over a runner."""

from collections.abc import Sequence

from madang.tasks.predictor import Predictor, refuse_string


class ParityPredictor(Predictor):
    """A model that says ``even`` or ``odd``."""

    def parities(self, texts: Sequence[str]) -> list[str]:
        """Return the label of each text, in order."""
        refuse_string(texts, call="parities")
        encodings = self._tokenizer.encode(list(texts), max_length=self.max_length)
        outputs = self._runner.run([{"input_ids": encoding.ids} for encoding in encodings])
        return [self.manifest.labels[int(logits_C.argmax())] for (logits_C,) in outputs]


PREDICTOR = ParityPredictor
