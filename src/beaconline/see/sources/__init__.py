"""One file a feed: bytes in, reports and rejects out."""
