"""Room `see`: takes position data in; writes reports, rejects and tracks. Judges no behaviour, invents nothing."""
