"""Plans: a lower government's own (一区一策), as a lower scheme filed upward, and a community's work plan made with its residents."""
