"""Simulated worlds with their truth: what happens at sea, who did it, and what a detector should say."""
