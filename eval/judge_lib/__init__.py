"""Scores of support judges, kept and measured."""
