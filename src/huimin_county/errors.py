"""How messy a make-believe county is: one rate for each kind of error, and three presets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

# Some departments check numbers as they type them, some do not. The factor multiplies the rates of damage.
QUALITY: Mapping[str, float] = MappingProxyType(
    {"residents": 0.0, "marriages": 0.0, "incomes": 0.38, "vehicles": 0.38, "students": 1.9, "disabled": 0.0}
)


@dataclass(frozen=True, kw_only=True)
class Errors:
    """Rates from 0 to 1; the defaults are what was measured on a real-like county (`usual`)."""

    # Damage to identity numbers, as a share of rows, multiplied by the data set's `quality`.
    id_missing: float = 0.0190
    id_masked: float = 0.0120
    id_one_digit: float = 0.0320
    id_two_digits: float = 0.0045
    id_swapped: float = 0.0100
    id_relative: float = 0.0045
    # A digit left out, a digit typed twice, all after the birth date cut off, a number kept by a spreadsheet as 3.30127E+17.
    id_left_out: float = 0.0
    id_doubled: float = 0.0
    id_cut: float = 0.0
    id_float: float = 0.0
    # Other ways to write a right number; 15 digits only where the person was born before 2000.
    id_fifteen: float = 0.0185
    id_full_width: float = 0.0165
    id_spaced: float = 0.0105
    id_quoted: float = 0.0055
    id_lower_x: float = 0.0250
    certificate_missing: float = 0.0850

    # Names. `name_dot` is the share of names with a middle dot that are written with another one, or none.
    name_spaced: float = 0.0262
    name_traditional: float = 0.0110
    name_homophone: float = 0.0070
    name_marked: float = 0.0044
    name_dot: float = 0.5000

    # Ways to write dates and amounts; the rest is 2026-06-30 and 1234.50.
    date_slash: float = 0.2000
    date_compact: float = 0.1000
    date_chinese: float = 0.0800
    date_serial: float = 0.0230
    month_other: float = 0.0000
    money_comma: float = 0.0820
    money_ten_thousands: float = 0.0410
    money_sign: float = 0.0290
    money_missing: float = 0.0000

    # Rows and files.
    sent_twice: float = 0.0100
    sent_twice_otherwise: float = 0.0000
    address_differs: float = 0.9600
    gb18030_files: float = 0.4000

    # People and registers.
    shared_number: float = 0.0004
    registered_twice: float = 0.0022
    second_number_used: float = 0.4500
    drawn_twice: float = 0.0500
    spouse_elsewhere: float = 0.0650
    police_status_missing: float = 0.3200
    paid_after_death: float = 0.2000

    # The allowance roll: entitled but missing, listed but not entitled, listed with an old amount.
    roll_missing: float = 0.1800
    roll_not_entitled: float = 0.0220
    roll_old_amount: float = 0.0900

    quality: Mapping[str, float] = field(default_factory=lambda: QUALITY)

    def __post_init__(self) -> None:
        for name, value in self._rates().items():
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} is a share from 0 to 1, not {value}")
        if self.damaged > 1.0:
            raise ValueError(
                f"the rates of damaged numbers add up to {self.damaged:.2f}; they must stay below 1"
            )

    @property
    def damaged(self) -> float:
        """The share of rows whose identity number is missing, masked or wrong where quality is 1."""
        wrong = self.id_one_digit + self.id_two_digits + self.id_swapped + self.id_relative
        wrong += self.id_left_out + self.id_doubled + self.id_cut + self.id_float
        return self.id_missing + self.id_masked + wrong

    def scaled(self, factor: float) -> "Errors":
        """The same mix with every rate multiplied by `factor` and kept within 1."""
        return replace(self, **{name: min(1.0, value * factor) for name, value in self._rates().items()})

    def damage(self, data_set: str) -> float:
        """The factor on the rates of damaged numbers in a data set."""
        return self.quality.get(data_set, 1.0)

    def _rates(self) -> dict[str, float]:
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "quality"}


USUAL = Errors()
NONE = USUAL.scaled(0.0)
LIGHT = replace(
    USUAL.scaled(0.25),
    address_differs=0.02,
    gb18030_files=0.4,
    second_number_used=0.45,
    police_status_missing=0.32,
    paid_after_death=0.2,
    roll_missing=0.18,
    roll_not_entitled=0.022,
)
HEAVY = replace(
    USUAL,
    id_missing=0.036,
    id_masked=0.022,
    id_one_digit=0.050,
    id_two_digits=0.008,
    id_swapped=0.017,
    id_relative=0.007,
    id_fifteen=0.04,
    id_full_width=0.03,
    id_spaced=0.02,
    id_quoted=0.015,
    id_lower_x=0.2,
    certificate_missing=0.14,
    name_spaced=0.05,
    name_traditional=0.025,
    name_homophone=0.016,
    name_marked=0.008,
    name_dot=0.7,
    month_other=0.1,
    money_ten_thousands=0.08,
    money_comma=0.15,
    money_missing=0.002,
    sent_twice=0.02,
    sent_twice_otherwise=0.4,
    shared_number=0.0008,
    registered_twice=0.004,
    spouse_elsewhere=0.09,
    police_status_missing=0.5,
    quality=MappingProxyType({**QUALITY, "incomes": 0.7, "vehicles": 0.7}),
)

# Booklets as bad as everything else, and every way to spoil a number.
WORST = replace(
    HEAVY, id_left_out=0.01, id_doubled=0.008, id_cut=0.008, id_float=0.008,
    quality=MappingProxyType({**HEAVY.quality, "residents": 0.7, "marriages": 0.7}),
)  # fmt: skip

PRESETS: Mapping[str, Errors] = MappingProxyType(
    {"none": NONE, "light": LIGHT, "usual": USUAL, "heavy": HEAVY, "worst": WORST}
)
