"""Merchants and offers for the city's staff. Stock moves by its station function only; redemptions are looked at."""

from rewards.admin import desk, evidence, merchants, offers, redemptions, settlements

__all__ = ["desk", "evidence", "merchants", "offers", "redemptions", "settlements"]
