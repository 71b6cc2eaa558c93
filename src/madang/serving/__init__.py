"""What the site and the command line need from a trained model: numpy and ONNX Runtime, no PyTorch.

>>> from madang.serving import Classifier
"""

from madang.serving.classifier import Classification, Classifier
from madang.serving.embedder import Embedder
from madang.serving.encoder import EncodedText, Encoder
from madang.serving.index import Index
from madang.serving.opener import load
from madang.serving.reason import Reason
from madang.serving.recommender import Recommendations, Recommended, Recommender
from madang.serving.tagger import TaggedEntity, Tagger

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
