"""The pages of plans and of work plans."""
