"""What people do with goals and pilots, and what the clock counts for them."""
