"""From scores to answers, written once, in numpy, for training, evaluation and serving alike."""
