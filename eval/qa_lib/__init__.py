"""Scoring of Records against a question file. Imports rag.datatypes only; no model, no index."""
