"""Elements of ISO 20022 files: written with care, read with defusedxml, and refused whole where one is missing."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar
from xml.etree import ElementTree

import defusedxml
import defusedxml.ElementTree

from huimin.funds.bank import LARGEST_FILE_BYTES, TOO_LARGE, MalformedFile, plain
from huimin.units.words import Words

ID = re.compile(r"[0-9A-Za-z./:+() -]{1,35}")
# What an element names a payment, or a question about a card, by.
NAMED_BY = ("OrgnlEndToEndId", "EndToEndId", "OrgnlId")
# The parser knows no Chinese encodings; GB18030 takes in the others.
_CHINESE = re.compile(
    rb"""^(\s*<\?xml[^>]*encoding=["'])(gb18030|gbk|gb2312|gb_2312-80|cp936)(["'])""", re.IGNORECASE
)
_BREAKS = re.compile(r"[\t\n\r]+")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")

Element = ElementTree.Element
Read = TypeVar("Read")


def parsed(data: bytes) -> Element:
    """The root of a file; `MalformedFile` where it is no XML document, or holds what an honest one does not."""
    if len(data) > LARGEST_FILE_BYTES:
        raise MalformedFile(TOO_LARGE)
    try:
        root = defusedxml.ElementTree.fromstring(_in_utf8(data), forbid_dtd=True)
    except defusedxml.DefusedXmlException:
        raise MalformedFile(
            Words(
                "文件含有不允许的实体或文档类型声明。",
                "The file holds entities or a document type, which are not allowed.",
            )
        ) from None
    except ElementTree.ParseError as wrong:
        line, column = wrong.position
        raise MalformedFile(
            Words(
                f"文件从第 {line} 行第 {column + 1} 个字符起不是完整的 XML。",
                f"From line {line}, character {column + 1} on, the file is not complete XML.",
            )
        ) from None
    except (ValueError, LookupError):
        raise MalformedFile(
            Words("文件的编码无法识别，应为 UTF-8。", "The file's encoding is not known; it should be UTF-8.")
        ) from None
    if local(root) != "Document":
        raise MalformedFile(Words("文件的根元素不是 Document。", "The file's root element is not Document."))
    return root


def read_each(lines: Sequence[Element], read: Callable[[Element], Read], what: Words) -> list[Read]:
    """What each of the elements says; a fault is told with the place of its element, and what that names."""
    found: list[Read] = []
    try:
        for line in lines:
            found.append(read(line))
    except MalformedFile as wrong:
        number, line = len(found) + 1, lines[len(found)]
        names = [plain(each.text or "") for each in line.iter() if local(each) in NAMED_BY]
        named = Words(f"（{names[0]}）", f" ({names[0]})") if names and names[0] else Words("", "")
        raise wrong.at(
            Words(f"第 {number} 条{what.zh}{named.zh}", f"{what.en.capitalize()} {number}{named.en}")
        ) from None
    return found


def namespace(element: Element) -> str:
    """The namespace of an element, empty where it has none."""
    return element.tag[1:].partition("}")[0] if element.tag.startswith("{") else ""


def children(element: Element, name: str) -> list[Element]:
    """The children of this name, whatever their namespace."""
    return [each for each in element if local(each) == name]


def child(element: Element, name: str) -> Element | None:
    """The first child of this name, if there is one."""
    found = children(element, name)
    return found[0] if found else None


def needed(element: Element, name: str) -> Element:
    """The child of this name; `MalformedFile` without."""
    found = child(element, name)
    if found is None:
        raise MalformedFile(Words(f"文件缺少元素 {name}。", f"The file lacks the element {name}."))
    return found


def text(element: Element, name: str) -> str | None:
    """What the child of this name says; None without."""
    found = child(element, name)
    return None if found is None else (found.text or "").strip()


def needed_text(element: Element, name: str) -> str:
    """What the child of this name says; `MalformedFile` where it says nothing."""
    found = (needed(element, name).text or "").strip()
    if not found:
        raise MalformedFile(Words(f"元素 {name} 是空的。", f"The element {name} is empty."))
    return found


def needed_id(element: Element, name: str) -> str:
    """The id that the child of this name gives; `MalformedFile` where none can be."""
    found = needed_text(element, name)
    if not ID.fullmatch(found):
        raise MalformedFile(
            Words(f"元素 {name} 的编号不合格式。", f"The id in {name} has characters an id cannot have.")
        )
    return found


def add(parent: Element, *names: str) -> Element:
    """The innermost of nested new elements."""
    for name in names:
        parent = ElementTree.SubElement(parent, name)
    return parent


def fill(parent: Element, **values: str) -> None:
    """Adds an element for each value on one line, cut to what a name may hold and without signs that XML cannot carry."""
    for name, value in values.items():
        add(parent, name).text = _UNPRINTABLE.sub("", _BREAKS.sub(" ", value))[:140] or "-"


def account(parent: Element, name: str, number: str) -> None:
    """Adds the number of an account."""
    fill(add(parent, name, "Id", "Othr"), Id=number)


def _in_utf8(data: bytes) -> bytes:
    """The file as the parser can read it."""
    declared = _CHINESE.match(data.removeprefix(b"\xef\xbb\xbf"))
    if declared is None:
        return data
    return _CHINESE.sub(rb"\1UTF-8\3", data).decode("gb18030").encode()


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def ends_line(element: Element) -> None:
    """Ends a line behind an element, so that what differs in a file can be named by its line."""
    element.tail = "\n"
