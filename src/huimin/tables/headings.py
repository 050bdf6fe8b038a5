"""Headings brought to one form, so that “ 身份证号 (必填)” and “身份证号” are the same."""

import re
import unicodedata

_IN_BRACKETS = re.compile(r"[（(【\[].*?[)）】\]]")
_SIGNS = re.compile(r"[\W_]+")
# A unit at the end says how to read the cells, not what they are.
_UNIT = re.compile("(?<=..)(?:人民币)?(?:万元|千元|百元|元)$")
# What remains of a heading is compared without these words in front of it.
_FILLERS = re.compile(r"^(?:[0-9]{1,2}(?=[^0-9]))")


def plain(heading: str | None) -> str:
    """The heading in half-width capitals, without spaces, signs and what stands in brackets.

    >>> plain("* 补贴金额（万元）"), plain("补贴金额万元"), plain("property_limit.homes"), plain("与户主的 关系：")
    ('补贴金额', '补贴金额', 'PROPERTYLIMITHOMES', '与户主的关系')
    """
    text = unicodedata.normalize("NFKC", heading or "").upper()
    bare = _SIGNS.sub("", _IN_BRACKETS.sub("", text))
    # A heading that stands in brackets as a whole is still a heading.
    return _UNIT.sub("", _FILLERS.sub("", bare or _SIGNS.sub("", text)))
