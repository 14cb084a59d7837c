"""What the policy says: schemes as data, and the scoring engine."""
