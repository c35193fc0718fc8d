"""A kernel's file, proven from its text."""
