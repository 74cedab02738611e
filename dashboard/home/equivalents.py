"""What a reduction is like, in things people can picture. Pure. Every number has its source beside it."""

from dataclasses import dataclass

POTENTIAL_MG = 1_129_530_000
"""1,129.53 kg a person by 2030, in cities of more than 10 million people: quoted in an article on carbon inclusion of
4 March 2022, whose author and whose way of working it out are not known to us."""

CAR_MG_PER_KM = 217_600
"""A combustion car, per vehicle-km: 192 g driving, 25.6 g building it. ADEME, Base Empreinte, Licence Ouverte 2.0."""

TREE_MG_PER_YEAR = 6_000_000
"""60 kg in the first ten years of a tree planted in a town, so 6 kg a year. US EPA, Equivalencies Calculator."""


@dataclass(frozen=True, slots=True)
class Equivalents:
    """`car_m`: metres by car; `tree_days`: days that one tree grows."""

    car_m: int
    tree_days: int


def picture(reduction_mg: int) -> Equivalents:
    """Rounded down, so that nothing is made larger than it is."""
    return Equivalents(reduction_mg * 1000 // CAR_MG_PER_KM, reduction_mg * 365 // TREE_MG_PER_YEAR)
