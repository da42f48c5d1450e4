"""Pages of the loans app."""
