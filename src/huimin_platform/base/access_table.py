"""The access table: kind -> role -> actions. What is not written here is not allowed.

Actions: lists, opens (one object), opens_own (a resident's own), sends (a delivery), corrects, decides,
approves (money), exports, simulates, proposes, signs, serves (orders of one's own provider), assigns (money to a programme), draws (a sample), appraises, publishes, runs (a step of the loop), answers, raises (a need), reveals (a masked value),
manages.
"""

STAFF = ("village", "township", "county", "steward", "finance", "auditor", "leader", "operator")
CASEWORK = ("village", "township", "county")

# Acts by which a page only shows something: it takes no form unless it says what the form does.
SHOWS = ("lists", "opens", "opens_own")

# Roles that may work for the whole country, when they have no division of their own.
NATIONWIDE = ("auditor", "operator", "leader", "steward", "finance")

# From which data class on a role sees masked values, whatever the purpose.
MASKED_FROM = {
    "leader": "personal",
    "operator": "personal",
    "appraiser": "personal",
    "finance": "sensitive",
    "auditor": "sensitive",
}

# The kinds of tables that a key can permit a system to export.
EXPORTED_BY_SYSTEMS = ("household", "fact", "entitlement", "finding", "need", "case", "payment")

_ROWS: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    # kind, roles, actions
    ("work", STAFF, ("lists",)),
    ("own_page", ("resident",), ("opens_own", "answers", "raises")),
    # Who keeps the machines brings in no data and takes none out: a marked file holds every value in full.
    ("delivery", ("steward",), ("lists", "opens", "sends", "withdraws")),
    ("delivery", ("county", "auditor", "leader", "operator"), ("lists", "opens")),
    ("file", ("steward",), ("lists", "opens", "exports")),
    ("file", ("county", "auditor", "leader", "operator"), ("lists", "opens")),
    # A system may do no more than the key that it shows permits: see `access.Scope`.
    ("delivery", ("system",), ("lists", "opens", "sends", "replaces", "withdraws")),
    ("file", ("system",), ("lists", "opens")),
    ("contract", ("system",), ("lists", "opens")),
    ("export", ("system",), ("lists", "opens")),
    ("figure", ("system",), ("lists", "opens")),
    ("policy", ("system",), ("lists", "opens")),
    ("api_key", ("steward",), ("lists", "opens", "manages")),
    ("api_key", ("steward", "leader"), ("lists", "opens", "signs")),
    ("api_key", ("auditor", "operator"), ("lists", "opens")),
    ("contract", ("steward", "operator"), ("lists", "opens", "proposes")),
    ("contract", ("steward", "leader"), ("lists", "opens", "signs")),
    ("contract", ("county", "auditor"), ("lists", "opens")),
    ("pair", ("steward",), ("lists", "opens", "decides")),
    ("pair", ("auditor",), ("lists", "opens")),
    ("thresholds", ("steward",), ("lists", "opens", "decides")),
    ("thresholds", ("auditor",), ("lists", "opens")),
    ("correction", ("county", "steward"), ("lists", "opens", "answers")),
    ("correction", ("auditor",), ("lists", "opens")),
    ("person", CASEWORK, ("lists", "opens", "reveals")),
    ("person", ("steward", "auditor"), ("lists", "opens", "reveals")),
    ("household", (*CASEWORK, "steward", "auditor"), ("lists", "opens")),
    ("need", CASEWORK, ("lists", "opens", "raises", "decides")),
    ("need", ("auditor", "leader"), ("lists", "opens")),
    ("entitlement", (*CASEWORK, "steward", "auditor", "finance"), ("lists", "opens")),
    ("policy", STAFF, ("lists", "opens")),
    ("policy", ("county", "finance", "auditor", "leader"), ("simulates",)),
    ("policy", ("county",), ("proposes", "signs")),
    ("policy", ("leader",), ("signs",)),
    ("parameters", ("county", "finance"), ("proposes",)),
    ("parameters", ("county", "leader"), ("signs",)),
    ("finding", ("county", "township"), ("lists", "opens", "decides")),
    ("finding", ("auditor", "steward", "leader"), ("lists", "opens")),
    ("case", CASEWORK, ("lists", "opens", "decides", "raises", "corrects")),
    ("case", ("auditor", "leader", "finance"), ("lists", "opens")),
    ("meeting", CASEWORK, ("lists", "opens", "decides")),
    ("meeting", ("auditor", "leader"), ("lists", "opens")),
    ("notice", (*CASEWORK, "auditor"), ("lists", "opens")),
    ("notice", CASEWORK, ("answers",)),
    ("grant", (*CASEWORK, "finance", "auditor"), ("lists", "opens")),
    ("order", ("county", "finance", "auditor"), ("lists", "opens")),
    ("purchase", ("county",), ("lists", "opens", "manages", "signs")),
    ("purchase", ("finance", "leader"), ("lists", "opens", "signs")),
    ("purchase", ("auditor",), ("lists", "opens")),
    # A provider sees its own orders, and of the person only where to go.
    ("service_order", ("provider",), ("serves", "answers", "sends")),
    ("service_order", CASEWORK, ("lists", "opens", "decides")),
    ("service_order", ("finance", "auditor"), ("lists", "opens")),
    ("settlement", ("county",), ("lists", "opens", "signs")),
    ("settlement", ("finance",), ("lists", "opens", "approves")),
    ("settlement", ("auditor", "leader"), ("lists", "opens")),
    ("payment", ("finance",), ("lists", "opens", "approves", "decides", "exports")),
    ("payment", ("county", "auditor", "leader"), ("lists", "opens")),
    ("payment", ("finance", "leader"), ("signs",)),
    ("card_check", ("finance", "county", "township", "village", "auditor"), ("lists", "opens")),
    ("card_check", ("finance",), ("decides",)),
    ("hold", ("finance",), ("lists", "opens", "releases", "signs")),
    ("hold", ("leader",), ("lists", "opens", "signs")),
    ("hold", ("county", "auditor"), ("lists", "opens")),
    ("batch", ("finance",), ("lists", "opens", "approves", "sends", "exports")),
    ("batch", ("auditor",), ("lists", "opens", "exports")),
    ("ledger", ("finance", "auditor", "leader"), ("lists", "opens")),
    ("source", ("finance",), ("lists", "opens", "manages")),
    ("source", ("auditor", "leader"), ("lists", "opens")),
    ("project", ("finance",), ("lists", "opens", "manages", "approves", "exports")),
    ("project", ("leader",), ("lists", "opens", "approves", "signs")),
    ("project", ("county", "auditor"), ("lists", "opens")),
    ("allocation", ("finance",), ("lists", "opens", "proposes", "signs", "assigns", "exports")),
    ("allocation", ("leader",), ("lists", "opens", "signs")),
    ("allocation", ("township",), ("lists", "opens", "assigns")),
    ("allocation", ("auditor",), ("lists", "opens")),
    ("appraisal", ("finance",), ("lists", "opens", "draws", "answers", "exports")),
    ("appraisal", ("county",), ("lists", "opens", "answers")),
    ("appraisal", ("leader",), ("lists", "opens", "publishes", "exports")),
    ("appraisal", ("auditor",), ("lists", "opens", "exports")),
    ("appraisal", ("appraiser",), ("lists", "opens", "appraises", "reveals")),
    ("question", CASEWORK, ("lists", "opens", "answers")),
    ("question", ("leader", "auditor"), ("lists", "opens")),
    ("question", ("resident",), ("opens_own", "answers")),
    ("answer", (*CASEWORK, "leader", "auditor"), ("lists", "opens")),
    ("figure", STAFF, ("lists", "opens")),
    ("indicator", STAFF, ("lists", "opens")),
    ("audit", ("auditor", "operator"), ("lists", "opens", "exports")),
    ("user", ("operator",), ("lists", "opens", "manages")),
    ("loop", ("operator", "steward"), ("runs",)),
    ("loop", STAFF, ("lists",)),
    ("department", STAFF, ("lists", "opens")),
    ("export", STAFF, ("lists", "opens")),
    ("fact", ("county", "steward", "auditor"), ("exports",)),
    ("fact", CASEWORK, ("verifies",)),
    ("household", (*CASEWORK, "steward", "auditor"), ("exports",)),
    ("entitlement", (*CASEWORK, "steward", "auditor", "finance"), ("exports",)),
    ("finding", ("county", "township", "auditor", "steward", "leader"), ("exports",)),
    ("need", (*CASEWORK, "auditor", "leader"), ("exports",)),
    ("case", (*CASEWORK, "auditor", "leader", "finance"), ("exports",)),
    ("payment", ("county", "auditor", "leader"), ("exports",)),
    ("ledger", ("finance", "auditor", "leader"), ("exports",)),
    ("source", ("finance", "auditor", "leader"), ("exports",)),
    ("project", ("county", "auditor", "leader"), ("exports",)),
    ("allocation", ("auditor", "leader"), ("exports",)),
    *((kind, ("system",), ("exports",)) for kind in EXPORTED_BY_SYSTEMS),
]


def _table() -> dict[str, dict[str, frozenset[str]]]:
    table: dict[str, dict[str, frozenset[str]]] = {}
    for kind, roles, actions in _ROWS:
        for role in roles:
            kinds = table.setdefault(kind, {})
            kinds[role] = kinds.get(role, frozenset()) | frozenset(actions)
    return table


ALLOWED = _table()
