"""REST resources of the reports."""
