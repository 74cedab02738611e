"""The merchant's console: members only, each role its own pages."""
