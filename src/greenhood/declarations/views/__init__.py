"""The pages of declarations and of what follows them, by noun."""
