"""Claims made by rule from sentences of real documents: with one thing damaged, or with nothing changed in sense."""
