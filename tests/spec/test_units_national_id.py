"""Identity numbers after GB 11643: cleaned, checked, read."""

from datetime import date

import pytest

from huimin.units import national_id

# The example of the standard itself.
EXAMPLE = "11010519491231002X"


@pytest.mark.parametrize(
    "written",
    [
        EXAMPLE,
        "11010519491231002x",
        "'11010519491231002X",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002X",
    ],
)
def test_a_number_is_cleaned(written: str) -> None:
    assert national_id.clean(written) == EXAMPLE


def test_a_number_is_checked() -> None:
    assert national_id.is_valid(EXAMPLE)
    assert not national_id.is_valid("110105194912310021")
    assert not national_id.is_valid("11010519491331002X")
    assert not national_id.is_valid("110105491231002")
    assert not national_id.is_valid("")


def test_an_old_number_is_upgraded() -> None:
    assert national_id.upgrade15("110105491231002") == EXAMPLE
    with pytest.raises(ValueError, match="fifteen"):
        national_id.upgrade15("11010549123100X")


def test_a_number_tells_birth_and_sex() -> None:
    assert national_id.birth_date(EXAMPLE) == date(1949, 12, 31)
    assert national_id.birth_date("110105491231002") == date(1949, 12, 31)
    assert national_id.birth_date("11010519490230002X") is None
    assert national_id.birth_date("330127197809****") is None
    assert national_id.sex(EXAMPLE) == "female"
    assert national_id.sex("110105491231001") == "male"
    assert national_id.sex("1234") is None
