"""Claims wired together, a module per feature; ``app`` joins them."""

"""Features put together for ``app``: a module each."""
"""Features put together for ``app``: a module each."""
"""Features put together for ``app``: a module each."""
