"""The doctor: what can be wrong, looked for in one pass over what is stored; each finding with its fix."""
