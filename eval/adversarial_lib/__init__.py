"""A writer that prefers false tokens, what it is given to read, and what is counted of what it wrote."""
