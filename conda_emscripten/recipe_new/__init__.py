"""Recipes from projects: what a sdist, an index and a built package say becomes a recipe folder."""
