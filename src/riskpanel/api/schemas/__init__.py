"""What the API answers: typed, every field described, no field with a default."""
