"""Files that prove something, whatever it is: stored once, examined, compared, and attached to records of any room."""
