"""What is asked about tasks, whistles, meetings and departments."""
