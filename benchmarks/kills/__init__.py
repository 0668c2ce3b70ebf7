"""What kills, faults and company do to every command that writes, on both databases."""
