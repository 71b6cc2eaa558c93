"""From the logits of labels to their probabilities."""

import numpy as np
from numpy.typing import NDArray


def label_probabilities(
    logits_NC: NDArray[np.floating], *, scale: float = 1.0, offset: float = 0.0
) -> NDArray[np.float64]:
    """Return the probability of each label, (N, C), of which a text has one.

    Of two labels Platt's sigmoid of the last logit minus the first, ``scale`` and ``offset`` being
    the calibration; of more the softmax, to which they do nothing.

    >>> label_probabilities(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    score_NC = logits_NC.astype(np.float64)
    if score_NC.shape[1] == 2:
        margin_N = scale * (score_NC[:, 1] - score_NC[:, 0]) + offset
        score_NC = np.stack([np.zeros_like(margin_N), margin_N], axis=1)
    exponent_NC = np.exp(score_NC - score_NC.max(axis=1, keepdims=True))
    return np.asarray(exponent_NC / exponent_NC.sum(axis=1, keepdims=True))


def sigmoid(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the probability of each logit by itself, in the same shape.

    >>> sigmoid(np.array([0.0, -800.0])).tolist()
    [0.5, 0.0]
    """
    # The hyperbolic tangent overflows for no number.
    return np.asarray(0.5 * (1 + np.tanh(np.asarray(logits, np.float64) / 2)))


def log_odds(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the logarithm of each probability against its opposite, finite for 0 and 1 too.

    >>> log_odds(np.array([0.5, 1.0])).round(1).tolist()
    [0.0, 34.5]
    """
    likely = np.clip(np.asarray(probabilities, np.float64), 1e-15, 1 - 1e-15)
    return np.asarray(np.log(likely) - np.log1p(-likely))
