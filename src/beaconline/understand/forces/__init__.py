"""What a vessel says it is, what lists say it is, and how sure that is."""
