"""Rules of paying: pure, without knowledge of bus or database."""
