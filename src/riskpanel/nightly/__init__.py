"""The imperative shell: load, compute, save. Owns the transaction and the only broad except."""
