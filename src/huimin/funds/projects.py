"""Projects over their whole life 项目全生命周期: what building costs, what running costs each year, and who pays that.

A project that cost 120 million failed for want of 5 million a year. So running costs are planned before anything is built,
and a project whose running costs have no source is not approved.
"""

from dataclasses import dataclass

from huimin.funds.ledger import LARGEST_APPROPRIATION_FEN
from huimin.units.words import Words

# M21: the part of the whole cost that is planned for running, from the start.
RUNNING_SHARE = 0.30
LONGEST_YEARS = 100

# fmt: off
REFUSALS = {
    "amount": Words("建设投资应大于 0 且不超过上限，每年运行维护费应不小于 0。请核对金额和单位。",
                    "Building costs more than nothing and at most the limit; running a year costs nothing or more. Check amounts and units."),
    "life": Words("使用年限应为 1 至 {most} 年，现为 {years}。请改正。", "A project lasts 1 to {most} years, not {years}. Correct it."),
    "no_upkeep": Words("没有运行维护费计划。请写明每年的运行维护费。", "No running costs are planned. Write what running it costs a year."),
    "no_source": Words(
        "运行维护费保障规定：每年需要 {needed} 元，只落实了 {promised} 元，缺 {missing} 元。请先落实来源，再批准建设。",
        "Rule of upkeep: running it needs {needed} yuan a year, {promised} are provided for, {missing} are missing. Find their source before it is built."),
}
WARNINGS = {
    "low_share": Words("运行维护费占全生命周期费用的 {share:.0%}，低于 {bar:.0%}。请核对是否漏算人员、能耗、维修。",
                       "Running costs are {share:.0%} of the whole, below {bar:.0%}. Was staff, energy or repair left out?"),
    "short_year": Words("{year} 年运行维护费到位 {given} 元，计划 {needed} 元。请补足，以免项目停用。",
                        "For running it in {year} {given} yuan were provided, {needed} were planned. Provide the rest before it stands still."),
}
# fmt: on


class NotSound(ValueError):
    """A plan that is not approved, with the rule and the cure."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params

    def words(self) -> Words:
        """The rule and the cure."""
        return REFUSALS[self.code].filled(**self.params)

    def __str__(self) -> str:
        return self.words().en


@dataclass(frozen=True)
class Plan:
    """A project as planned: building, running a year, years of use, and what of a year's running is provided for."""

    build_fen: int
    running_fen: int
    life_years: int
    promised_fen: int

    @property
    def whole_fen(self) -> int:
        """Building and all years of running."""
        return self.build_fen + self.running_fen * self.life_years

    @property
    def running_share(self) -> float:
        """Which part of the whole cost is running, 0 to 1."""
        return self.running_fen * self.life_years / self.whole_fen if self.whole_fen else 0.0

    def check(self) -> None:
        """Raises `NotSound` where the plan is impossible or leaves its running costs unpaid."""
        if (
            not 0 < self.build_fen <= LARGEST_APPROPRIATION_FEN
            or not 0 <= self.running_fen <= LARGEST_APPROPRIATION_FEN
        ):
            raise NotSound("amount")
        if not 1 <= self.life_years <= LONGEST_YEARS:
            raise NotSound("life", years=self.life_years, most=LONGEST_YEARS)
        if not self.running_fen:
            raise NotSound("no_upkeep")
        if self.promised_fen < self.running_fen:
            raise NotSound(
                "no_source", needed=_yuan(self.running_fen), promised=_yuan(self.promised_fen),
                missing=_yuan(self.running_fen - self.promised_fen),
            )  # fmt: skip

    def warnings(self) -> tuple[Words, ...]:
        """What to look at before it is approved."""
        if self.running_share >= RUNNING_SHARE:
            return ()
        return (WARNINGS["low_share"].filled(share=self.running_share, bar=RUNNING_SHARE),)


def year_warning(*, year: int, needed_fen: int, given_fen: int) -> Words | None:
    """What is missing for running a project in a year; None where enough was provided."""
    if given_fen >= needed_fen:
        return None
    return WARNINGS["short_year"].filled(year=year, given=_yuan(given_fen), needed=_yuan(needed_fen))


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f}"
