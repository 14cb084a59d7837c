"""Are things as they are said to be: inspections, what they find, putting it right by a day, and what keeps coming back."""
