"""What a node keeps on its disk: reports by day, and room for rows that memory must not hold."""
