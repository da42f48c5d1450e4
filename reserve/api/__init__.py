"""REST resources of the reserve, by subject."""
