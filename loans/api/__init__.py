"""REST resources of decisions, loans and what happens to them."""
