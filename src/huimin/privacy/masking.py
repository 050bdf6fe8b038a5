"""What is shown of a person to who need not see all: 王*, 330127********123X."""

STAR = "*"
_ID_HEAD, _ID_TAIL = 6, 4
_PHONE_HEAD, _PHONE_TAIL = 3, 4
_CARD_TAIL = 4
# Of an address the place down to the town is shown, the rest is not.
_TOWN_ENDINGS = ("街道", "镇", "乡", "苏木", "县", "区", "市", "旗")
_ADDRESS_STARS = 4


def mask_name(name: str | None) -> str:
    """The name with its first character only; dots and spaces stay.

    >>> mask_name("王小明"), mask_name("王"), mask_name("阿依古丽·热合曼"), mask_name("Anna Weber")
    ('王**', '*', '阿***·***', 'A*** *****')
    """
    text = (name or "").strip()
    if len(text) < 2:
        return STAR * len(text)
    return text[0] + "".join(letter if letter in "·•・. " else STAR for letter in text[1:])


def mask_id(number: str | None) -> str:
    """The identity number with its place of issue and last four characters.

    >>> mask_id("33012719900101123X"), mask_id("330127900101123"), mask_id("12345678")
    ('330127********123X', '330127*****1123', '********')
    """
    text = (number or "").strip()
    if len(text) < _ID_HEAD + _ID_TAIL + 2:
        return STAR * len(text)
    return text[:_ID_HEAD] + STAR * (len(text) - _ID_HEAD - _ID_TAIL) + text[-_ID_TAIL:]


def mask_phone(number: str | None) -> str:
    """The phone number with its first three and last four digits.

    >>> mask_phone("13812345678")
    '138****5678'
    """
    text = (number or "").strip()
    if len(text) < _PHONE_HEAD + _PHONE_TAIL + 1:
        return STAR * len(text)
    return text[:_PHONE_HEAD] + STAR * (len(text) - _PHONE_HEAD - _PHONE_TAIL) + text[-_PHONE_TAIL:]


def mask_card(number: str | None) -> str:
    """The number of a card or account with its last four digits, in a length that tells nothing.

    >>> mask_card("6217004524614163888")
    '**** 3888'
    """
    text = (number or "").strip()
    if len(text) < _CARD_TAIL * 2:
        return STAR * len(text)
    return f"{STAR * 4} {text[-_CARD_TAIL:]}"


def mask_address(address: str | None) -> str:
    """The address down to the town, the rest as four stars.

    >>> mask_address("淳安县王阜乡胡家坪村125号"), mask_address("胡家坪125号")
    ('淳安县王阜乡****', '****')
    """
    text = (address or "").strip()
    if not text:
        return ""
    for ending in _TOWN_ENDINGS:
        place = text.find(ending)
        if place > 0:
            return text[: place + len(ending)] + STAR * _ADDRESS_STARS
    return STAR * _ADDRESS_STARS


def mask_birth(born_on: str | None) -> str:
    """A day of birth, written 1990-01-01, with its year only.

    >>> mask_birth("1990-01-01")
    '1990-**-**'
    """
    text = (born_on or "").strip()
    return f"{text[:4]}-**-**" if len(text) >= 8 else STAR * len(text)
