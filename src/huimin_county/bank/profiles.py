"""How banks behave: one that does what it should, and others that each lack something."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A bank's habits; the defaults are those of a bank without fault."""

    answer_after_rounds: int = 0
    answers: bool = True
    statements: bool = True
    lost_share: float = 0.0
    copies_of_answers: int = 1
    replays: bool = False
    rejected_share: float = 0.0
    pending_share: float = 0.0
    pending_rounds: int = 2
    closed_share: float = 0.0
    bounce_days: tuple[int, int] = (2, 5)
    remembers: bool = True
    # What is wrong with cards that it is asked about; it pays to another's card all the same, if told to.
    unknown_card_share: float = 0.0
    shut_card_share: float = 0.0
    other_holder_share: float = 0.0
    # Cuts off each report about cards, then sends it whole.
    garbles: bool = False


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "honest": Profile(),
        "slow": Profile(answer_after_rounds=3),
        "silent": Profile(answers=False, statements=False),
        "loses_answers": Profile(lost_share=0.5),
        "repeats": Profile(copies_of_answers=2, replays=True),
        "bounces": Profile(closed_share=0.1),
        "partly": Profile(rejected_share=0.2, pending_share=0.1),
        "no_dedupe": Profile(remembers=False),
        "refuses_cards": Profile(unknown_card_share=0.1, shut_card_share=0.1, other_holder_share=0.2),
        "garbles": Profile(garbles=True),
    }
)
