"""What the claims service knows about benefits, without any transport, database or clock."""
