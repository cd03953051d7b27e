"""Cleaning: fillers, duplicates, MMSI form, order; every step counted."""
