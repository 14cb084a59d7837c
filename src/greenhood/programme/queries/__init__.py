"""What the pages about goals and pilots read: set-based, a fixed number of queries whatever the size of the division."""
