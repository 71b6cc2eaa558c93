"""What the site and the command line need from a trained model: numpy and ONNX Runtime, no PyTorch.

>>> from madang.serving import Classifier
"""

from madang.serving.index import Index
from madang.serving.opener import load
from madang.tasks.classification.predictor import Classification, Classifier
from madang.tasks.classification.reason import Reason
from madang.tasks.embedding.predictor import Embedder
from madang.tasks.encoder.predictor import EncodedText, Encoder
from madang.tasks.recommendation.predictor import Recommendations, Recommended, Recommender
from madang.tasks.tagging.predictor import TaggedEntity, Tagger

__all__ = [
    "Classification",
    "Classifier",
    "Embedder",
    "EncodedText",
    "Encoder",
    "Index",
    "Reason",
    "Recommendations",
    "Recommended",
    "Recommender",
    "TaggedEntity",
    "Tagger",
    "load",
]
