"""Goals from the schemes, passed down with their dated denominators, how fast they are neared; and the pilots that begin."""
