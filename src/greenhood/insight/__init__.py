"""Show me: overviews, rates, the public portal."""
