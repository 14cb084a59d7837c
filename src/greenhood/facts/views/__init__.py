"""Pages of the community library (社区库)."""
