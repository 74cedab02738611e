"""A simulated city: people with habits, and the records their partners keep of them.

Pure Python, seeded: the same city gives the same bytes for the same day, and any day can be made alone.
"""
