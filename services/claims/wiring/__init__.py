"""Claims wired together, a module per feature; ``app`` joins them."""
