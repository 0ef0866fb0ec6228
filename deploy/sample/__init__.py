"""Invented people and claims for the demo, the load tests and a first look around. Nobody here exists."""
