"""Which rules do recipes and built packages keep?"""
