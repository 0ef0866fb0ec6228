"""Features put together for ``app``: a module each."""
