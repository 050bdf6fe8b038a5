"""A department's system with a key, and its requests as a program makes them."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client

from huimin_platform.base import api_keys, clock
from huimin_platform.base.api_keys import Holder, Wanted
from huimin_platform.base.api_models import ApiKey

COUNTY, ELSEWHERE = "330127000000", "330182000000"
VEHICLES = "vehicles"
HEAD = "号牌号码,所有人,身份证明号码,车辆类型,初次登记日期"
CAR = "浙A11111,马一,330127197001011239,小型轿车,2019-05-01"
OTHER = "浙A22222,马二,330127198505052338,小型轿车,2020-05-01"
BILLS = "medical_settlements"
BILL_HEAD = "结算流水号,参保人姓名,参保人身份证号,结算日期,总费用,基金支付,个人自付"
BILL = "S1,马一,330127197001011239,2026-06-01,1234.10,1000.05,234.05"
# A day that is none, of a column that must be filled.
WRONG = "S2,马二,330127198505052338,soon,1234.10,1000.05,234.05"


def csv(*rows: str, head: str = HEAD) -> bytes:
    """A file of vehicles, or of what the headings say."""
    return "\n".join([head, *rows, ""]).encode()


@dataclass
class System:
    """A system that calls the API."""

    key: ApiKey
    text: str
    client: Client = field(default_factory=Client)

    @property
    def headers(self) -> dict[str, str]:
        """What every request takes along."""
        return {"Authorization": f"Bearer {self.text}", "Accept-Language": "en"}

    def call(self, method: str, path: str, body: Any = b"", **headers: str) -> Any:
        """The answer; headers are named as in Python, `content_type` among them."""
        kind = headers.pop("content_type", "text/csv")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {**self.headers, **named}
        return self.client.generic(
            method, f"/api/v1/{path}", body, content_type=kind, headers={k: v for k, v in named.items() if v}
        )

    def get(self, path: str, **headers: str) -> Any:
        """The answer to a GET."""
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to a POST of a JSON value."""
        import json

        data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        return self.call("POST", path, data, content_type="application/json", **headers)

    def send(self, content: bytes, query: str = "", data_set: str = VEHICLES, **headers: str) -> Any:
        """The answer to a file."""
        return self.call("POST", f"datasets/{data_set}/deliveries{query}", content, **headers)


def system(
    *actions: str, name: str = "police-1", data_sets: tuple[str, ...] = (VEHICLES,), exports: tuple[str, ...] = (),
    division: str = COUNTY, signed_by: Any = None, department: str = "public_security", **quota: int,
) -> System:  # fmt: skip
    """A system with a key for these acts; one that needs a second signature gets it from `signed_by`."""
    wanted = Wanted(actions or ("sends",), data_sets, exports, **{"requests_a_minute": 1000, **quota})
    now = clock.now()
    key, text = api_keys.make(
        holder=Holder(name, name, department, division), wanted=wanted, reason="协议",
        expires_at=now + timedelta(days=300), at=now - timedelta(days=1), by="system",
    )  # fmt: skip
    if signed_by is not None:
        api_keys.sign(key=key.pk, at=now, by=signed_by)
    return System(key, text)
