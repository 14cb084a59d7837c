"""The pages of supervision, one file for each kind of thing."""
