"""One pure codec per standard: bytes <-> records."""
