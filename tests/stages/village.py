"""A village of a few people, written by hand: its delivery can be changed a cell at a time."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from huimin.units.national_id import check_digit

COUNTY = "510181000000"
CODE = "510181101201"
HEADS = {
    "公安局_常住人口.csv": "户号,与户主关系,姓名,公民身份号码,性别,出生日期,民族,区划代码,住址,户口性质,状态,数据日期",
    "税务局_个人收入.csv": "纳税人姓名,纳税人识别号,年度,工资薪金所得,经营所得",
    "医保局_医疗结算.csv": "结算流水号,姓名,身份证号,结算日期,医疗机构,总费用,基金支付,个人自付",
    "人社局_养老待遇.csv": "姓名,证件号码,待遇类别,月待遇金额,起始月,截止月,社保卡号",
    "人社局_失业待遇.csv": "姓名,证件号码,待遇类别,月待遇金额,起始月,截止月,社保卡号",
    "人社局_伤残津贴.csv": "姓名,证件号码,待遇类别,月待遇金额,起始月,截止月,社保卡号",
    "公安局_机动车.csv": "号牌号码,所有人,身份证明号码,车辆类型,初次登记日期",
    "自然资源局_不动产.csv": "不动产权证号,权利人,证件号,坐落,建筑面积,用途",
    "农业农村局_惠农补贴.csv": "户主姓名,身份证号,补贴项目,面积（亩）,补贴金额,一卡通账号",
    "民政局_婚姻登记.csv": "男方姓名,男方身份证,女方姓名,女方身份证,登记日期,状态",
    "民政局_火化登记.csv": "逝者姓名,身份证号,性别,死亡日期,火化日期",
    "民政局_低保名册.csv": "户主姓名,身份证号,保障人口,月保障金额,起始年月,停发年月,开户银行,银行账号",
    "人社局_参保登记.csv": "姓名,身份证号,险种,参保状态",
}
BOOKLET, TAX, MEDICAL, PENSIONS = list(HEADS)[:4]
UNEMPLOYMENT, INJURY, VEHICLES, HOMES, FARM, MARRIAGES, CREMATIONS, ROLL, INSURED = list(HEADS)[4:]


def number(born: str, sequence: str) -> str:
    """A valid identity number of the county: number("19620305", "002")."""
    head = f"510181{born}{sequence}"
    return head + check_digit(head)


HUSBAND, WIFE = number("19600911", "001"), number("19620305", "002")
NEIGHBOUR, SON = number("19711212", "003"), number("19880404", "005")


@dataclass
class Village:
    """Rows by file; `write` makes the delivery's folder."""

    rows: dict[str, list[str]] = field(default_factory=dict)
    standards: bool = True

    def write(self, folder: Path) -> Path:
        """The folder with every file that has rows, and the local standards."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.rows.items():
            (folder / name).write_text("\n".join([HEADS[name], *rows]) + "\n", encoding="utf-8-sig")
        if self.standards:
            (folder / "标准.json").write_text(json.dumps(STANDARDS), encoding="utf-8")
        return folder


STANDARDS = {
    "as_of": "2026-06-30",
    "low_income_standard_yuan_per_month": {"urban": 1000, "rural": 850},
    "edge_multiple": 1.5,
    "medical_share": 0.3,
    "property_limit": {"vehicles": 0, "homes": 1},
    "income_period": ["2025-07-01", "2026-06-30"],
}


def resident(household: int, relation: str, name: str, identity: str, door: int = 12) -> str:
    """A row of the booklet."""
    born = f"{identity[6:10]}-{identity[10:12]}-{identity[12:14]}" if len(identity) == 18 else ""
    sex = "男" if len(identity) == 18 and int(identity[16]) % 2 else "女"
    place = f"{CODE},都江堰市青河镇柳溪村{door}号,农村,正常,2026-06-30"
    return f"510181000{household},{relation},{name},{identity},{sex},{born},汉族,{place}"


def village() -> Village:
    """Two households: a couple with little, and a neighbour with enough and a car."""
    return Village(
        {
            BOOKLET: [
                resident(1, "户主", "余望山", HUSBAND),
                resident(1, "配偶", "郑巧云", WIFE),
                resident(2, "户主", "葛长林", NEIGHBOUR, 14),
            ],
            TAX: [f"葛长林,{NEIGHBOUR},2025,96000.00,0.00", f"余望山,{HUSBAND},2025,6000.00,0.00"],
            MEDICAL: [f"B1,郑巧云,{WIFE},2026-02-03,市人民医院,7000.00,4000.00,900.00"],
            PENSIONS: [f"余望山,{HUSBAND},城乡居民养老,210.00,2025-07,2026-06,6217000012345678901"],
            UNEMPLOYMENT: [f"葛长林,{NEIGHBOUR},失业保险金,80.00,2025-07,2025-08,6217000012345678902"],
            INJURY: [f"葛长林,{NEIGHBOUR},伤残津贴,50.00,2025-07,2026-06,6217000012345678902"],
            VEHICLES: [f"川A12345,葛长林,{NEIGHBOUR},小型轿车,2019-05-01"],
            HOMES: [f"川(2015)不动产权第0000001号,余望山,{HUSBAND},柳溪村12号,96.00,住宅"],
            FARM: [f"余望山,{HUSBAND},耕地地力保护补贴,3.00,360.00,6217000012345678901"],
        }
    )
