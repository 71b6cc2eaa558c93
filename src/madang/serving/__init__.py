"""What the site and the command line need from a trained model: numpy and ONNX Runtime, no PyTorch.

>>> from madang.serving import Classifier
"""

from madang.serving.classifier import Classification, Classifier
from madang.serving.embedder import Embedder
from madang.serving.index import Index
from madang.serving.reason import Reason

__all__ = ["Classification", "Classifier", "Embedder", "Index", "Reason"]
