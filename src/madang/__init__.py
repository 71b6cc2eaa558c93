"""Madang: a community and market whose daily work is done by transformers its operator owns.

Two things live here and meet in a file format: a workshop that trains models (``core``, ``models``,
``training``, ``recipes``, ``evaluation``, ``export``; PyTorch) and a site that uses them
(``serving``, ``community``; numpy and ONNX Runtime, no PyTorch). What a model answers, by whichever
of the two it runs, is in ``tasks``, and what computes it in ``runtime``.
"""

__version__ = "0.1.0"
