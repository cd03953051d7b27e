"""What every room stands on: records, columns of records, geodesy, wire formats. Imports no room."""
