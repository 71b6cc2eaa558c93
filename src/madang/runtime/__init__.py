"""What runs a model: ONNX Runtime or PyTorch behind the same methods, without a word of tasks."""
