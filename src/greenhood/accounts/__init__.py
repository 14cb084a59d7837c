"""Who may do this here: people, their posts, and sign-in."""
