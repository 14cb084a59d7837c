"""How good, and how do we know: self-assessment, evidence, scores."""
