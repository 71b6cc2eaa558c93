"""From a training checkpoint to the files that serve: ONNX, int8 with a quality gate, a card."""
