"""Who people are: the roster, accounts, credentials and registration."""
