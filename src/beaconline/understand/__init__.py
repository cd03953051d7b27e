"""Room `understand`: tracks in, findings with evidence and counter-evidence out; no clock, no network."""
