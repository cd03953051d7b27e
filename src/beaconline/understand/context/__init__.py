"""What lies around a finding: land, ports, anchorages."""
