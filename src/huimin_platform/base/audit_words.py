"""The words for acts and things in the audit log. A test finds an act that has no words here."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = dict[str, str | Promise]

ACTIONS: Words = {
    "adds": _("Added"),
    "advances": _("Ran the loop"),
    "answers": _("Answered"),
    "appropriates": _("Put money on a fund"),
    "approves": _("Approved"),
    "asks": _("Asked"),
    "begins_path": _("Began a path of a decided case"),
    "closes": _("Closed"),
    "completes_step": _("Completed a step"),
    "computes": _("Computed"),
    "confirms": _("Confirmed"),
    "corrects": _("Corrected"),
    "decides": _("Decided"),
    "dismisses": _("Dismissed"),
    "escalates": _("Passed to the level above"),
    "exports": _("Exported"),
    "finds": _("Found"),
    "follows_stop": _("Followed a stop of the case"),
    "grants": _("Granted"),
    "joins": _("Joined to a case"),
    "keeps": _("Brought up to date"),
    "links": _("Linked rows to people"),
    "lists": _("Looked at a list"),
    "loses": _("Lost track of"),
    "manages": _("Managed"),
    "matches": _("Matched with policies"),
    "merges": _("Merged"),
    "moves_path": _("Moved a path of a decided case"),
    "names_payee": _("Named the payee"),
    "opens": _("Looked at"),
    "opens_case": _("Opened a case"),
    "opens_own": _("Opened the own file"),
    "orders": _("Ordered"),
    "prepares": _("Prepared"),
    "proposes": _("Proposed"),
    "raises": _("Raised"),
    "receives": _("Received"),
    "reissues": _("Issued again"),
    "refuses": _("Refused"),
    "releases": _("Released"),
    "resends": _("Sent again"),
    "resets": _("Gave a new password"),
    "resolves": _("Found out who is who"),
    "reveals": _("Saw the full value"),
    "runs": _("Ran"),
    "searches": _("Searched"),
    "sends": _("Sent"),
    "sets": _("Set"),
    "signs": _("Signed"),
    "simulates": _("Tried other numbers"),
    "skips_step": _("Skipped a step"),
    "splits": _("Split"),
    "takes": _("Took over"),
    "takes_in": _("Took in"),
}

KINDS: Words = {
    "answer": _("answer"),
    "audit": _("audit log"),
    "bank_message": _("message of the bank"),
    "batch": _("batch"),
    "case": _("case"),
    "delivery": _("delivery"),
    "department": _("department"),
    "difference": _("difference with the bank"),
    "entitlement": _("entitlement"),
    "entitlements": _("entitlements"),
    "figure": _("figure"),
    "file": _("file"),
    "finding": _("finding"),
    "findings": _("findings"),
    "fund": _("fund"),
    "grant": _("grant"),
    "household": _("household"),
    "households": _("households"),
    "indicator": _("indicator"),
    "ledger": _("ledger"),
    "links": _("links of rows to people"),
    "loop": _("loop"),
    "need": _("need"),
    "needs": _("needs"),
    "notice": _("notice"),
    "order": _("order"),
    "own_page": _("own page"),
    "pair": _("pair to review"),
    "parameters": _("local standards"),
    "payment": _("payment"),
    "person": _("person"),
    "policy": _("policy"),
    "question": _("question"),
    "registry": _("registry"),
    "run": _("run"),
    "user": _("user"),
    "work": _("work list"),
}


def action_words(code: str) -> str:
    """The words for an act; its code, readable, where there are none."""
    return str(ACTIONS.get(code) or code.replace("_", " "))


def kind_words(code: str) -> str:
    """The words for a kind of thing; its code, readable, where there are none."""
    return str(KINDS.get(code) or code.replace("_", " "))
