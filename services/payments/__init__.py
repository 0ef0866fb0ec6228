"""Payments: what is payable, runs and batches, statements, and the double-entry ledger under all of it."""
