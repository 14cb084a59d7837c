"""Pages of what is on the ground. A view finds, asks an action or a query, and renders."""
