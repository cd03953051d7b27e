"""Forces acting as one: where hulls of several forces held, whether chance explains it, and who did what."""
