"""What people do with tasks, whistles and meetings."""
