"""Letters written so that no program reads them: how it is done, and how they are read again."""
