"""Plumbing that must be identical in every service. Imports no service and holds no business rule."""
