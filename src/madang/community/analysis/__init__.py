"""What the models make of posts and comments: read once a text and model, in the background."""
