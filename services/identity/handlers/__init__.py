"""Use cases of identity, one function each."""
