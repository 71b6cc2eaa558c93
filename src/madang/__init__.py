"""Madang: a community and market whose daily work is done by transformers its operator owns.

Two things live here and meet only in a file format: a workshop that trains models
(``core``, ``models``, ``training``, ``evaluation``, ``export``; PyTorch) and a site that uses
them (``serving``, ``community``; numpy and ONNX Runtime, no PyTorch).
"""

__version__ = "0.1.0"
