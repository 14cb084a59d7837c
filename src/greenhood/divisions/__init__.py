"""Who lies within whom: the administrative divisions of China, by lasting id."""
