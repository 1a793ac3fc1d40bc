"""Newer versions of the recipes' sources: which ones there are, and how recipes are changed."""
