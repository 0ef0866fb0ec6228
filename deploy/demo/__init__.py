"""A day of Acquit, from an empty machine to paid claims: ``python -m deploy.demo``."""
