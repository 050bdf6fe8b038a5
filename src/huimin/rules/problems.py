"""What can be wrong with a policy or a parameter, in words a law officer can act on."""

from huimin.units.words import Words

# Each sentence says what happened and what to do next. `{where}` is added in front by `PolicyError`.
CATALOGUE: dict[str, Words] = {
    "yaml_syntax": Words(
        "这一行附近的格式读不懂：{detail}。请对照旁边写法正确的行改正。",
        "The layout near this line cannot be read: {detail}. Compare it with the lines that are right.",
    ),
    "yaml_alias": Words(
        "政策文件中不允许使用锚点或引用“{term}”。请把内容直接写出来。",
        "Anchors and aliases ({term}) are not allowed in a policy file. Write the content out.",
    ),
    "not_text": Words(
        "文件不是 UTF-8 文本。请用 UTF-8 编码另存。",
        "The file is not UTF-8 text. Save it again in UTF-8.",
    ),
    "too_large": Words(
        "“{term}”太大：{size}，上限 {limit}。请拆分成较小的文件或定义。",
        "{term} is too large: {size}, at most {limit}. Split it into smaller files or definitions.",
    ),
    "file_absent": Words(
        "找不到文件“{term}”。请补上该文件或改正路径。", "There is no file {term}. Add it or correct the path."
    ),
    "duplicate_key": Words(
        "“{term}”在同一处写了两次。请删去其中一个。",
        "{term} is written twice in the same place. Remove one of them.",
    ),
    "missing_key": Words("缺少“{term}”。请补上。", "{term} is missing. Add it."),
    "unknown_key": Words(
        "这里不认识“{term}”。可以使用：{allowed}。", "{term} is not known here. You can use: {allowed}."
    ),
    "wrong_shape": Words("“{term}”应当是{expected}。请改正。", "{term} must be {expected}."),
    "date_wrong": Words(
        "“{term}”不是日期。请写成 2026-07-01 的形式。", "{term} is not a date. Write it like 2026-07-01."
    ),
    "number_wrong": Words(
        "“{term}”不是数。请写成 85000 或 1.5 的形式。", "{term} is not a number. Write it like 85000 or 1.5."
    ),
    "too_many_decimals": Words(
        "“{term}”的小数位数超过 {decimals} 位。请减少小数位，或增大 decimals。",
        "{term} has more than {decimals} decimals. Use fewer, or raise `decimals`.",
    ),
    "out_of_range": Words(
        "“{term}”的值 {value} 不在声明的范围 {low} 至 {high} 内。请改正该值或声明的范围。",
        "{term} is {value}, outside the declared range {low} to {high}. Correct the value or the range.",
    ),
    "unknown_unit": Words(
        "不认识单位“{term}”。可以使用：{allowed}。", "{term} is not a unit we know. You can use: {allowed}."
    ),
    "unknown_clause": Words(
        "条款“{term}”没有列在 clauses 中。请补上该条款或改正名称。",
        "The clause {term} is not listed under clauses. Add it or correct the name.",
    ),
    "expression_syntax": Words(
        "表达式“{term}”写法有误：{detail}。请改正。",
        "The expression {term} is not well-formed: {detail}. Correct it.",
    ),
    "too_deep": Words(
        "表达式“{term}”嵌套太深或太长。请用 definitions 拆分。",
        "The expression {term} is nested too deeply or too long. Split it with definitions.",
    ),
    "not_allowed": Words(
        "表达式中不允许使用“{term}”（{what}）。只能使用事实、参数、定义、四则运算、比较、and/or/not、if-else 和规定的函数。",
        "{term} ({what}) is not allowed in an expression. Use facts, parameters, definitions, arithmetic, "
        "comparison, and/or/not, if-else and the listed functions.",
    ),
    "unknown_name": Words(
        "不认识名称“{term}”。这里可以使用：{allowed}。",
        "The name {term} is not known. You can use here: {allowed}.",
    ),
    "unknown_fact": Words(
        "没有名为“{term}”的事实。可以使用：{allowed}。", "There is no fact {term}. You can use: {allowed}."
    ),
    "undeclared_fact": Words(
        "用到了事实“{term}”，但没有列在 facts 中。请在 facts 中加上它。",
        "The fact {term} is used but not listed under facts. Add it there.",
    ),
    "unused_fact": Words(
        "facts 中列出的“{term}”没有被用到。请删去它。",
        "The fact {term} is listed under facts but not used. Remove it.",
    ),
    "unknown_function": Words(
        "没有函数“{term}”。可以使用：{allowed}。", "There is no function {term}. You can use: {allowed}."
    ),
    "arguments": Words(
        "函数“{term}”应当写成：{expected}。", "The function {term} is written like this: {expected}."
    ),
    "unit_mismatch": Words(
        "“{term}”把单位 {left} 与 {right} 放在一起{action}。请换算成同一单位（例如乘以 months(12)），或改正公式。",
        "{term} {action} {left} and {right}. Bring both to one unit (for example multiply by months(12)) "
        "or correct the formula.",
    ),
    "unit_product": Words(
        "“{term}”的单位 {left} 与 {right} 不能相{action}。请改正公式。",
        "{term}: {left} and {right} cannot be {action}. Correct the formula.",
    ),
    "unit_wrong": Words(
        "“{term}”的单位是 {found}，这里应当是 {expected}。请改正公式或声明的单位。",
        "{term} is in {found}, but {expected} is needed here. Correct the formula or the declared unit.",
    ),
    "type_wrong": Words(
        "“{term}”是{found}，这里需要{expected}。请改正公式。",
        "{term} is {found}, but {expected} is needed here. Correct the formula.",
    ),
    "unknown_value": Words(
        "“{term}”不是允许的取值。可以取：{allowed}。",
        "{term} is not one of the values. You can use: {allowed}.",
    ),
    "divide_by_zero": Words(
        "“{term}”的除数可能为零或负数。请写成 max(除数, 1) 的形式。",
        "{term} may divide by zero or by a negative number. Write the divisor as max(divisor, 1).",
    ),
    "needs_rounding": Words(
        "“{term}”除不尽，没有写明如何取整。请用 round_half_up、round_down 或 round_up 写明。",
        "{term} does not come out whole and says no rounding. Name it with round_half_up, round_down or round_up.",
    ),
    "overflow": Words(
        "“{term}”的值可能达到 {size}，超出可精确计算的范围。请缩小事实或参数声明的范围，或简化公式。",
        "{term} may reach {size}, beyond what can be computed exactly. Narrow the declared ranges or simplify the formula.",
    ),
    "nested_members": Words(
        "“{term}”在成员汇总中又写了成员汇总。请先把里面的汇总写成一个定义。",
        "{term} sums over members inside a sum over members. Make the inner one a definition of its own.",
    ),
    "cycle": Words(
        "“{term}”绕回了自己：{path}。请断开这个循环。",
        "{term} leads back to itself: {path}. Break the circle.",
    ),
    "too_many_facts": Words(
        "“{term}”用到 {size} 个事实，上限 {limit} 个。请拆分。",
        "{term} uses {size} facts, at most {limit}. Split it.",
    ),
    "unknown_policy": Words(
        "没有名为“{term}”的政策。可以使用：{allowed}。", "There is no policy {term}. You can use: {allowed}."
    ),
    "not_in_force": Words(
        "政策“{term}”在 {on} 没有生效的版本。请选择其他日期或补上该版本。",
        "The policy {term} has no version in force on {on}. Choose another date or add the version.",
    ),
    "not_here": Words(
        "政策“{term}”只适用于 {place}，不适用于地区 {division}。请选择该地区自己的政策。",
        "The policy {term} holds only in {place}, not in division {division}. Choose a policy of that division.",
    ),
    "division_wrong": Words(
        '“{term}”不是行政区划代码。请写成 "310000000000" 的形式。',
        '{term} is not the code of a division. Write it like "310000000000".',
    ),
    "not_of_persons": Words(
        "政策“{term}”是按户判定的，没有每个人的结果。请改用 batch。",
        "The policy {term} is about households and has no answer for each person. Use batch.",
    ),
    "no_amount": Words(
        "政策“{term}”没有金额（amount）。请改用 entitled({term})，或为该政策写明金额。",
        "The policy {term} gives no amount. Use entitled({term}), or give that policy an amount.",
    ),
    "versions_differ": Words(
        "政策“{term}”的两个版本的 {what} 不同：{other}。请改成一致，或另立一项政策。",
        "Two versions of {term} differ in {what}: {other}. Make them alike, or make it a policy of its own.",
    ),
    "not_earlier": Words(
        "“{term}”：该事实只声明了之前 {limit} 个月的值。请增大 earlier，或减少月数。",
        "{term}: the fact is declared for {limit} months before only. Raise `earlier` or ask for fewer months.",
    ),
    "duplicate_name": Words(
        "“{term}”在 {other} 中已经有了。请改名或删去一个。",
        "{term} is already defined in {other}. Rename or remove one.",
    ),
    "stand_in_differs": Words(
        "政策“{term}”代替“{other}”，但两者的 {what} 不同。请改成一致，或不用 instead_of。",
        "{term} stands in for {other}, but they differ in {what}. Make them alike, or leave out instead_of.",
    ),
    "stood_in_for": Words(
        "在地区 {division}，由“{other}”代替政策“{term}”。请查看“{other}”。",
        "In division {division}, {other} stands in for the policy {term}. Look at {other}.",
    ),
    "parameter_differs": Words(
        "参数“{term}”与 {other} 中的声明不同（单位、范围、小数位或分类）。请照原样声明，或删去这里的声明。",
        "The parameter {term} is declared otherwise in {other} (unit, range, decimals or categories). "
        "Declare it the same way, or leave it out here.",
    ),
    "outside_division": Words(
        "参数“{term}”的值是为地区 {place} 定的，而本政策只管 {division}。请改为本政策所在的地区，或删去该值。",
        "The value of {term} is set for division {place}, but this policy holds in {division} only. "
        "Set it for a division inside, or leave it out.",
    ),
    "versions_overlap": Words(
        "政策“{term}”的两个版本生效期间重叠：{other}。请改正起止日期。",
        "Two versions of {term} are in force at once: {other}. Correct the dates.",
    ),
    "exclusion_open": Words(
        "本政策排除“{term}”，但“{term}”的条件中没有 not entitled({policy})。请在那里加上该条件。",
        "This policy excludes {term}, but no condition of {term} says `not entitled({policy})`. Add the condition there.",
    ),
    "missing_parameter": Words(
        "地区 {division} 在 {on} 没有参数“{term}”（{title}）的值。请报送或填写该地区或其上级地区自该日起有效的标准。",
        "There is no value of the parameter {term} ({title}) for division {division} on {on}. "
        "Deliver or enter the standard of that division, or of one above it, that is in force on that day.",
    ),
    "unknown_parameter": Words(
        "没有名为“{term}”的参数。可以使用：{allowed}。",
        "There is no parameter {term}. You can use: {allowed}.",
    ),
    "case_wrong": Words(
        "案例“{term}”：应为 {expected}，实际算得 {found}。请核对案例或政策文本。",
        "Case {term}: expected {expected}, found {found}. Check the case or the policy.",
    ),
    "population_column": Words(
        "人口表缺少列“{term}”。请补上该列（不知道的值留空）。",
        "The population has no column {term}. Add it (leave values that are not known empty).",
    ),
    "population_type": Words(
        "列“{term}”是 {found} 类型，这里需要{expected}：条件写 true 或 false，日期用日期类型，金额和数量用整数（金额以分为单位），类别写声明的取值。请改列的类型。",
        "Column {term} is of type {found}, but {expected} is needed here: conditions are true or false, dates are of a date type, amounts and counts are whole numbers (amounts in fen), categories are the declared words. Change the column.",
    ),
    "population_fraction": Words(
        "列“{term}”有小数，例如 {value}。金额以分为单位，数量为整数：元请乘以 100 并取整。",
        "Column {term} holds fractions, such as {value}. Amounts are whole fen and counts whole numbers: multiply yuan by 100 and round.",
    ),
    "population_twice": Words(
        "户表中户“{term}”出现两次。每户只写一行，请删去重复的行。",
        "The households table holds household {term} twice. A household has one row: remove the other.",
    ),
    "not_sorted": Words(
        "文件没有按“{term}”排序。请先排序再核算。",
        "The file is not sorted by {term}. Sort it first.",
    ),
    "population_value": Words(
        "事实“{term}”出现值 {value}，不在声明的范围 {low} 至 {high} 内。请先在数据中核实该值，或留空。",
        "The fact {term} holds {value}, outside the declared range {low} to {high}. Check the data, or leave it empty.",
    ),
    "population_members": Words(
        "户“{term}”有 {size} 名成员，上限 {limit}。请核实是否为集体户。",
        "Household {term} has {size} members, at most {limit}. Check whether it is a collective booklet.",
    ),
    "unknown_household": Words(
        "人口表中没有户“{term}”。请核对户的编号。",
        "There is no household {term} in the population. Check its number.",
    ),
    "population_household": Words(
        "{size} 名人员所在的户不在户表中，例如“{term}”。请补上该户。",
        "{size} persons are in a household that the households table does not hold, for example {term}. Add it.",
    ),
}

# What a thing is, in the sentence "X is ..., but ... is needed here".
THINGS: dict[str, Words] = {
    "number": Words("数", "a number"),
    "condition": Words("条件（是或否）", "a condition (yes or no)"),
    "date": Words("日期", "a date"),
    "enum": Words("类别", "a category"),
    "section": Words("若干“名称: 值”", "a list of `name: value`"),
    "listing": Words("列表", "a list"),
    "text": Words("文字", "text"),
    "words": Words(
        "中英文文字 {zh: …, en: …}，两种都要写；文字里有逗号、冒号的要加引号",
        "words in both languages {zh: ..., en: ...}, quoted where they hold a comma or colon",
    ),
    "name": Words("由字母、数字和下划线组成的名称", "a name of letters, digits and underscores"),
    "brackets": Words(
        "按 from 递增的分档 [{from: 0, is: 0.03}, …]", "brackets with rising from [{from: 0, is: 0.03}, ...]"
    ),
    "whole": Words("整数", "a whole number"),
    "range": Words("两个数 [最小, 最大]", "two numbers [lowest, highest]"),
    "fen": Words("fen（分）", "fen"),
    "fen_per_month": Words("fen_per_month（分/月）", "fen_per_month"),
    "months": Words("months（月）", "months"),
    "years": Words("years（年）", "years"),
    "days": Words("days（天）", "days"),
    "count": Words("count（个数）", "count"),
    "share": Words("share（比例）", "share"),
    "add": Words("相加", "adds"),
    "compare": Words("比较", "compares"),
    "choose": Words("二选一", "chooses between"),
    "multiply": Words("乘", "multiplied"),
    "divide": Words("除", "divided"),
}
