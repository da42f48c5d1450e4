"""Pages: load what is visible, call one service, show."""
