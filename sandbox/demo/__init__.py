"""The demo: a city that has lived for a while, and goes on living as long as it is shown."""
