"""What people do in supervision, one file for each kind of thing."""
