"""Distance shift: a trip in a low-carbon mode instead of the city's mean motorised trip."""

from decimal import Decimal

import msgspec
import numpy as np

from activities.methodologies.columns import Columns, Integers


class Parameters(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Factors in grams of CO2e per person-kilometre (which is mg per person-metre)."""

    baseline_g_per_km: Decimal
    mode_g_per_km: Decimal
    distance_max_m: int
    distance_default_m: int | None = None
    crow_fly_detour: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if not Decimal(0) <= self.mode_g_per_km <= self.baseline_g_per_km <= Decimal(1000):
            raise ValueError("0 <= mode_g_per_km <= baseline_g_per_km <= 1000 must hold")
        if not 0 < self.distance_max_m <= 1_000_000:
            raise ValueError("distance_max_m must be between 1 and 1000000")
        if self.distance_default_m is not None and not 0 <= self.distance_default_m <= self.distance_max_m:
            raise ValueError("distance_default_m must be between 0 and distance_max_m")
        if not Decimal(1) <= self.crow_fly_detour <= Decimal(2):
            raise ValueError("crow_fly_detour must be between 1 and 2")

    @property
    def ug_per_m(self) -> int:
        """Reduction per metre in micrograms, exact for factors of up to three decimals."""
        return int((self.baseline_g_per_km - self.mode_g_per_km) * 1000)


def credit_distance(parameters: Parameters, columns: Columns) -> Integers:
    """Metres that count: as reported, straight lines times the detour, the default where none is known; capped.

    -1 where no distance is known and the methodology has no default.
    """
    detour_permille = int(parameters.crow_fly_detour * 1000)
    distance_m = np.where(columns.crow_fly, columns.distance_m * detour_permille // 1000, columns.distance_m)
    missing = columns.distance_m < 0
    default_m = -1 if parameters.distance_default_m is None else parameters.distance_default_m
    return np.where(missing, default_m, np.minimum(distance_m, parameters.distance_max_m))


def quantify(parameters: Parameters, columns: Columns) -> Integers:
    """ER = d x (EF_baseline - EF_mode), in milligrams, rounded down (conservative). -1 where d is unknown.

    Units: d in metres, EF in g CO2e per person-km. Source of the form: DB11/T 3043-2024 eq. 1 and 2 (baseline
    and project emissions of a trip), as cited in docs/methodologies.md. Excludes: access and egress on foot,
    the making of vehicles.
    """
    distance_m = credit_distance(parameters, columns)
    return np.where(distance_m < 0, -1, distance_m * parameters.ug_per_m // 1000)
