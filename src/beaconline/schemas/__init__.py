"""JSON Schemas of the records, as files: data, no code."""
