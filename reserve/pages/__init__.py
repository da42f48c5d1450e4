"""What the pages of the reserve show, by subject: facts, steps and actions as plain data."""
