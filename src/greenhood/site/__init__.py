"""Layout, home, search and the component gallery."""
