"""What came in, on its way to the tables: bodies read, files found, one moving."""
