"""Scenes: small made-up happenings at sea, one file a kind: what must be found in them, and what must not."""
