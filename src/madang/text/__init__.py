"""Text to token ids and back: normalisation, tokenizers, the training and loading of both."""
