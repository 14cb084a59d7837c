"""A demonstration to try the platform with, and simulated programmes at full scale."""
