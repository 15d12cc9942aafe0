"""What the librarian knows of each document: the catalogue, its lifecycle and its checks."""
