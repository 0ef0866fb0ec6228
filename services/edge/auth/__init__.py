"""Who is calling: one-time codes, sessions, tokens, and what a route asks of its caller."""
