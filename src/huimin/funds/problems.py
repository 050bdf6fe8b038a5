"""Why money cannot be shared out as asked, in words that say what would help."""

from huimin.units.words import Words

# fmt: off
CATALOGUE = {
    "no_area": Words("没有地区可以分配。请先列出地区。", "There is no area. List the areas first."),
    "no_people": Words(
        "地区“{area}”的人口为 {people}。请填写大于 0 的整数。",
        "The area {area} has {people} people. Give a whole number above zero.",
    ),
    "below_zero": Words(
        "地区“{area}”的金额 {fen} 小于 0。请改正。", "The area {area} has an amount of {fen} fen, below zero. Correct it.",
    ),
    "twice": Words("地区“{area}”写了两次。请删去一个。", "The area {area} is listed twice. Remove one."),
    "column_missing": Words(
        "缺少列“{column}”。请补上该列，或修改分配办法。", "There is no column {column}. Add it, or change the formula.",
    ),
    "measure_wrong": Words(
        "地区“{area}”的“{column}”为 {value}，应为不小于 0 的数。请改正。",
        "The area {area} has {value} as {column}. Give a number of zero or more.",
    ),
    "measure_of_nobody": Words(
        "因素“{factor}”在各地区合计为 0，无法据以分配。请核对数据，或去掉该因素。",
        "The factor {factor} comes to 0 over all areas, so nothing can be shared out by it. Check the data or leave it out.",
    ),
    "caps_below_pot": Words(
        "各地区封顶合计 {caps} 分，低于总额 {pot} 分。请提高封顶比例，或减少总额。",
        "The caps of all areas come to {caps} fen, below the pot of {pot} fen. Raise the caps or lower the pot.",
    ),
    "pot_below_zero": Words("总额 {pot} 分小于 0。请改正。", "The pot is {pot} fen, below zero. Correct it."),
    "target_wrong": Words(
        "目标变异系数应大于 0、不超过 10，现为 {target}。", "The wanted coefficient lies above 0 and up to 10, not at {target}.",
    ),
    "floors_above_pot": Words(
        "各地区保底合计 {floors} 分，超过总额 {pot} 分。请增加总额，或降低保底比例。",
        "The floors of all areas come to {floors} fen, above the pot of {pot} fen. Raise the pot or lower the floors.",
    ),
    "grass_roots_rule": Words(
        "直达基层比例规定：不少于 {least:.0%} 直接下达乡镇，现为 {given:.0%}。请提高直达比例。",
        "Grass-roots rule: at least {least:.0%} goes straight to the townships, not {given:.0%}. Raise the share.",
    ),
    "discretion_rule": Words(
        "乡镇自主安排比例规定：不少于 {least:.0%}，且不超过直达比例 {most:.0%}，现为 {given:.0%}。请修改。",
        "Township discretion rule: at least {least:.0%} and within the {most:.0%} that goes straight to them, "
        "not {given:.0%}. Change it.",
    ),
    "not_reachable": Words(
        "在保底和总额之内，变异系数最低只能到 {lowest:.4f}，达不到 {target}。总额增加到 {smallest_pot} 分即可达到。",
        "With these floors and this pot the coefficient comes down to {lowest:.4f} at best, not to {target}. "
        "A pot of {smallest_pot} fen would do.",
    ),
}
# fmt: on


class AllocationError(ValueError):
    """Why an allocation cannot be made, with what would help."""

    def __init__(self, code: str, **params: object) -> None:
        self.code, self.params = code, params
        super().__init__(self.say("en"))

    def say(self, language: str) -> str:
        """The reason and the cure in a language."""
        return CATALOGUE[self.code].say(language).format(**self.params)
