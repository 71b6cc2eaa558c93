"""Boards, posts and comments: reading, writing, searching."""
