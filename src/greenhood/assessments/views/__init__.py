"""The pages of self-assessments, evidence and scoring."""
