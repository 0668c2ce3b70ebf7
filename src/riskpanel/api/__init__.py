"""The REST API: stored rows as typed JSON, errors as problems; nothing is computed in a request."""
