"""Frozen types that rooms exchange. Standard library only, so that any tool can read them without the heavy parts."""
