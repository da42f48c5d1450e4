"""Pages of the enterprises app: load what is visible, one service call, answer."""
