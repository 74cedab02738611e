"""The city's budgets: how fast programmes pay, what a tonne costs, and the desk for programmes and campaigns."""
