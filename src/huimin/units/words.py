"""Words for people in the two languages the library speaks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """One sentence or label, in Chinese and in English."""

    zh: str
    en: str

    def say(self, language: str) -> str:
        """The words in a language: Chinese for "zh-hans" and every other "zh", English for the rest.

        >>> Words("户", "household").say("zh-hans")
        '户'
        """
        return self.zh if language.lower().startswith("zh") else self.en

    def filled(self, **values: object) -> "Words":
        """The words with their named places filled in; words among the values are said in each language."""
        zh, en = {}, {}
        for name, value in values.items():
            zh[name], en[name] = (value.zh, value.en) if isinstance(value, Words) else (value, value)
        return Words(self.zh.format(**zh), self.en.format(**en))
