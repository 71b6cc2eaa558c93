"""How good an answer is: figures of a classifier, its calibration, and their intervals."""
