"""Who decided what, when and why: from declaring to the plaque and after."""
