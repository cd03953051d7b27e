"""Profiles: the parameters of every kind, and how a file overlays them."""
