"""Geodesy, zones and coast: no longitude or latitude arithmetic anywhere else."""
