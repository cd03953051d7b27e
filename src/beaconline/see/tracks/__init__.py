"""Tracks: which reports belong to one ship, when the MMSI alone does not tell."""
