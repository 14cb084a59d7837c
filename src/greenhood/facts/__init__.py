"""How facts are recorded, whatever they are of: dated, with a source and a person, replaced and never overwritten."""
