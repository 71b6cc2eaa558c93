"""What the site and the command line need from a trained model: numpy and ONNX Runtime, no PyTorch.

>>> from madang.serving import Classifier
"""

from madang.decoding.entity import TaggedEntity
from madang.serving.index import Index
from madang.tasks.classifier import Classification, Classifier
from madang.tasks.embedding.predictor import Embedder
from madang.tasks.encoder.predictor import EncodedText, Encoder
from madang.tasks.predictor import load
from madang.tasks.reason import Reason
from madang.tasks.recommendation.predictor import Recommendations, Recommended, Recommender
from madang.tasks.tagging.predictor import Tagger, mark

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
    "mark",
]
