"""What happened: the append-only, hash-chained record of events."""
