"""The one reader of people's tables: delimited text in any notation, JSON lines, Parquet."""
