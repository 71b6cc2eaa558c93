"""Guess hidden tokens: how an encoder is pre-trained and warmed up."""
