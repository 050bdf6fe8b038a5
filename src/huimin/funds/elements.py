"""Elements of ISO 20022 files: written with care, read with defusedxml, and refused whole where one is missing."""

import re
from xml.etree import ElementTree

import defusedxml
import defusedxml.ElementTree

from huimin.funds.bank import MalformedFile
from huimin.units.words import Words

LARGEST_FILE_BYTES = 256 * 1024 * 1024
ID = re.compile(r"[0-9A-Za-z./:+() -]{1,35}")
_BREAKS = re.compile(r"[\t\n\r]+")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")

Element = ElementTree.Element


def parsed(data: bytes) -> Element:
    """The root of a file; `MalformedFile` where it is no XML document, or holds what an honest one does not."""
    if len(data) > LARGEST_FILE_BYTES:
        raise MalformedFile(Words("文件过大。", "The file is too large."))
    try:
        root = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except defusedxml.DefusedXmlException:
        raise MalformedFile(
            Words(
                "文件含有不允许的实体或文档类型声明。",
                "The file holds entities or a document type, which are not allowed.",
            )
        ) from None
    except (ElementTree.ParseError, ValueError, LookupError):
        raise MalformedFile(Words("文件不是完整的 XML。", "The file is not complete XML.")) from None
    if local(root) != "Document":
        raise MalformedFile(Words("文件的根元素不是 Document。", "The file's root element is not Document."))
    return root


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


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def ends_line(element: Element) -> None:
    """Ends a line behind an element, so that what differs in a file can be named by its line."""
    element.tail = "\n"
