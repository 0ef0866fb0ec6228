"""One object for every route of the table with an id in its address, and who owns it."""
