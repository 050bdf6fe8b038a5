"""Questions of one's own in the language of a book: definitions and conditions written elsewhere."""

from dataclasses import replace
from datetime import date

from huimin.rules import checking
from huimin.rules.book import PolicyBook
from huimin.rules.compiling import program
from huimin.rules.definitions import Level, Scope, Shelf, stand_ins
from huimin.rules.located import Located
from huimin.rules.policy import Clause
from huimin.rules.questions import Asked, Question, due_type, with_needed
from huimin.rules.tree import Type


def scope_of(book: PolicyBook, document: Located) -> Scope:
    """The names that a document may use: the shared definitions that it lists under `uses`."""
    levels: dict[str, Level] = {policy.name: policy.level for policy in book.policies}

    def due(name: str, level: Level) -> Type | None:
        versions = (policy.amount for policy in book.policies if policy.name == name)
        return due_type(versions, levels[name], level)

    others = stand_ins((policy.name, policy.file, policy.instead_of) for policy in book.policies)
    shelf = Shelf(book.facts, book.parameters, levels, due, others, checked=dict(book.definitions))
    scope = Scope(shelf)
    owners = {key.rpartition(".")[0] for key in book.definitions if "@" not in key}
    for used in document.listed("uses"):
        if used.text() not in owners:
            used.fail("unknown_name", used.text(), allowed=sorted(owners))
        for definition in book.definitions.values():
            if definition.key.startswith(f"{used.text()}."):
                scope.show(definition.name, definition.key, definition.level, used)
    return scope


def with_definitions(book: PolicyBook, document: Located, owner: str) -> tuple[PolicyBook, Scope]:
    """The book with the definitions of a document, and the scope in which its conditions are read."""
    scope = scope_of(book, document)
    clauses = clauses_of(document)
    scope.shelf.add(document, owner, scope, clauses)
    for key in scope.shelf.places:
        scope.shelf.definition(key)
    return replace(book, definitions=scope.shelf.checked), scope


def clauses_of(document: Located) -> dict[str, Clause]:
    """The clauses that a document quotes."""
    found = {}
    for key, place in document.named("clauses"):
        place.only("law", "article", "text")
        found[key] = Clause(
            key, place.at("law").text(), place.at("article").text(), place.at("text").text().strip()
        )
    return found


def question(name: str, level: Level, expression: Located, scope: Scope) -> Question:
    """The question whether a condition holds of each household, or each person."""
    node = checking.check(expression.text(), scope, level, expression.file, expression.line)
    if node.type.shape != "condition":
        expression.fail("type_wrong", node.text, found=node.type.shape, expected="condition")
    scope.shelf.depth(node, expression)
    return Question(name, level, (node,))


def asked(book: PolicyBook, questions: tuple[Question, ...], on: date | None = None) -> Asked:
    """The questions with all they rest on, once it is sure that they can be computed exactly; kept with the book."""
    day = on or max((policy.started_on for policy in book.policies), default=date.min)
    key = "own", questions, book.versions(day)
    if key not in book.kept:
        found = with_needed(book, questions, day)
        program(found)
        book.kept[key] = found
    return book.kept[key]
