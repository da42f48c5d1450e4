"""What pages show of claims: the sheet, its steps, what may be done, what to look at before, what waits for whom."""
