"""The exact pair join that every pair kind shares."""
