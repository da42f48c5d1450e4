"""Files of rows as pure rules: the columns of each kind, how a cell is read, what can be wrong with it."""
