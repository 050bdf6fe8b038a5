"""The house rules of payments: who must approve a batch, how long a bank may be silent, in which format it
speaks.

Every variable begins with HUIMIN_FUNDS_.
"""

from functools import cache
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from huimin.units.words import Words


class Limits(BaseSettings):
    """What the environment says about payments; amounts in yuan."""

    model_config = SettingsConfigDict(env_prefix="HUIMIN_FUNDS_", extra="ignore", env_ignore_empty=True)

    auto_release_yuan: int = Field(
        default=0, ge=0, description="Batches up to this total are released without a person. 0: never."
    )
    two_persons_yuan: int = Field(
        default=100_000, ge=0, description="Batches above this total need the approval of two persons."
    )
    batch_payments: int = Field(
        default=5_000, ge=1, le=20_000, description="The most payments that go to the bank in one file."
    )
    answer_days: int = Field(
        default=3,
        ge=1,
        le=60,
        description="Days without the bank's answer after which an outcome is unknown.",
    )
    bank_format: Literal["iso20022", "csv"] = Field(
        default="iso20022", description="The format of files to and from the bank."
    )
    bank_removes_repeats: bool = Field(
        default=True, description="The bank pays an end-to-end id once, so that a file may be sent again."
    )
    times_asked: int = Field(
        default=3,
        ge=1,
        le=20,
        description="How often the bank is asked for a payment, before a person looks whether to ask again.",
    )
    card_check: bool = Field(
        default=True,
        description="The bank is asked about a card before the first payment to it. False: it has no such service.",
    )
    payer: str = Field(
        default="惠民资金专户", description="Name of the paying account, as the bank knows it."
    )
    payer_account: str = Field(default="HUIMIN", description="Number of the paying account.")

    def approvals(self, total_fen: int) -> tuple[int, Words]:
        """How many persons must approve a batch of this total, and the rule in words."""
        if total_fen <= self.auto_release_yuan * 100:
            return 0, Words(
                f"总额不超过 {self.auto_release_yuan:,} 元，按规定自动放行。",
                f"The total is at most {self.auto_release_yuan:,} yuan, so it needs no approval.",
            )
        if total_fen <= self.two_persons_yuan * 100:
            return 1, Words(
                f"总额不超过 {self.two_persons_yuan:,} 元，需一人审核放行。",
                f"The total is at most {self.two_persons_yuan:,} yuan, so one person must approve it.",
            )
        return 2, Words(
            f"总额超过 {self.two_persons_yuan:,} 元，需两人分别审核放行。",
            f"The total is above {self.two_persons_yuan:,} yuan, so two persons must approve it.",
        )


@cache
def limits() -> Limits:
    """The rules in force in this process."""
    return Limits()
