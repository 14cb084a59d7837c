"""The reporting calendar: who reports what to whom by which day, what was filed, and what is missing."""
