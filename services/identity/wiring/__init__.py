"""The parts of ``app``, by feature: what it is made of on a database."""
