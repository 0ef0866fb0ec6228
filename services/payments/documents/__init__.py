"""Statements as PDF and CSV, in French and in English."""
