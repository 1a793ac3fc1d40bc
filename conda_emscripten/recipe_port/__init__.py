"""Recipes from feedstocks: a recipe for other platforms becomes one of this channel."""
