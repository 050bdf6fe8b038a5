"""YAML files of this room, read strictly: text stays text, errors name file, key and cure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from huimin.units.words import Words

LONGEST_TEXT = 500_000
WHOLE = Words("整个文件", "the whole file")


class DocumentError(ValueError):
    """A file of this room says something that cannot be used."""

    def __init__(self, file: str, key: str, cure: str | Words) -> None:
        self.words = cure if isinstance(cure, Words) else Words(cure, cure)
        self.file, self.key, self.cure = file, key, self.words.en
        super().__init__(self.say("en"))

    def say(self, language: str) -> str:
        """File, key and cure in a language."""
        return f"{self.file}, {self.key or WHOLE.say(language)}: {self.words.say(language)}"


@dataclass(frozen=True)
class Section:
    """The named values under one key of a file."""

    file: str
    key: str
    values: Mapping[str, Any]

    def fail(self, key: str, cure: str | Words) -> DocumentError:
        """The error about a key of this section."""
        return DocumentError(self.file, self._path(key), cure)

    def only(self, *allowed: str) -> "Section":
        """Itself, once it is sure that no other keys are written."""
        for key in self.values:
            if key not in allowed:
                raise self.fail(
                    key,
                    Words(
                        f"没有这个键；可写 {'、'.join(allowed)}",
                        f"this key is not known; write one of {', '.join(allowed)}",
                    ),
                )
        return self

    def text(self, key: str, default: str | None = None) -> str:
        """The text under a key; the default where it is left out."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.fail(key, Words("此处写一段文字", "write one text here"))
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        """The whole number under a key."""
        text = self.text(key, None if default is None else str(default)).replace("_", "")
        try:
            return int(text)
        except ValueError:
            raise self.fail(key, Words(f"“{text}”不是整数", f"“{text}” is no whole number")) from None

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """The text under a key, which is one of those allowed."""
        text = self.text(key, default)
        if text not in allowed:
            raise self.fail(
                key,
                Words(
                    f"“{text}”不在 {'、'.join(allowed)} 之内", f"“{text}” is not one of {', '.join(allowed)}"
                ),
            )
        return text

    def listed(self, key: str) -> tuple[str, ...]:
        """The texts under a key, none where it is left out; one text is a list of one."""
        value = self.values.get(key, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(key, Words("此处写文字的列表", "write a list of texts here"))
        return tuple(value)

    def section(self, key: str) -> "Section":
        """The section under a key, empty where it is left out."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.fail(key, Words("此处请写成“名称: 值”", "write named values here"))
        return Section(self.file, self._path(key), value)

    def sections(self, key: str) -> "Iterator[tuple[str, Section]]":
        """The named sections under a key."""
        inner = self.section(key)
        return ((name, inner.section(name)) for name in inner.values)

    def listed_sections(self, key: str) -> "list[Section]":
        """The sections in the list under a key."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fail(key, Words("此处写“名称: 值”的列表", "write a list of named values here"))
        return [Section(self.file, f"{self._path(key)}[{place}]", item) for place, item in enumerate(value)]

    def words(self, key: str) -> Words:
        """The words under a key, in both languages."""
        inner = self.section(key).only("zh", "en")
        return Words(zh=inner.text("zh"), en=inner.text("en"))

    def _path(self, key: str) -> str:
        return f"{self.key}.{key}" if self.key else key


def read(path: Traversable | Path) -> Section:
    """The content of a file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DocumentError(
            path.name, "", Words("这不是 UTF-8 编码的 YAML 文本", "this is not YAML text in UTF-8")
        ) from None
    return read_text(text, path.name)


def read_text(text: str, name: str) -> Section:
    """The content of a text; `name` is how errors call it."""
    if len(text) > LONGEST_TEXT:
        raise DocumentError(
            name,
            "",
            Words(f"文本最多 {LONGEST_TEXT:,} 个字符", f"a text has {LONGEST_TEXT:,} characters at most"),
        )
    try:
        # Anchors and aliases let a few lines stand for millions of values; nothing here needs them.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.SafeLoader)):
            raise DocumentError(
                name,
                "",
                Words("请把每个值写全，不支持引用（*）", "write every value out: an alias (*) is not read"),
            )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = f"line {line + 1}" if line is not None else ""
        raise DocumentError(
            name, place, Words("这不是 UTF-8 编码的 YAML 文本", "this is not YAML text in UTF-8")
        ) from None
    content = _plain(node, name, "") if node else {}
    if not isinstance(content, dict):
        raise DocumentError(name, "", Words("请写成“名称: 值”", "write named values"))
    return Section(name, "", content)


def room(name: str) -> Traversable:
    """A file or folder of this room."""
    return files("huimin.tables") / name


def _plain(node: yaml.Node, file: str, key: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for name, value in node.value:
            path = f"{key}.{name.value}" if key else str(name.value)
            if name.value in found:
                raise DocumentError(file, path, Words("这个键写了两次", "this key is written twice"))
            found[name.value] = _plain(value, file, path)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, file, key) for item in node.value]
    return str(node.value)
