"""Greenhood, the platform of the Green Community Creation programme."""
