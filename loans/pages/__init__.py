"""What the pages of this app show of an object: facts, steps, actions with their reasons, hints beside forms."""
