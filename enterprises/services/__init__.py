"""Business actions of the enterprises app."""
