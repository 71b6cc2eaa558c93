"""What the models make of what people write: read once a text and model, in the background."""
