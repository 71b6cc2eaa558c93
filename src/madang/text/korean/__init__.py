"""What a program has to know of Korean words that no tokenizer tells it."""
