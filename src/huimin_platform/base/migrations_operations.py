"""Migration operations that PostgreSQL needs and Django does not have."""

from collections.abc import Sequence
from typing import Any

from django.db.migrations import CreateModel
from django.db.migrations.operations.base import Operation

FUNCTION = """
create or replace function huimin_append_only() returns trigger language plpgsql as $$
begin
    raise exception using
        errcode = 'restrict_violation',
        message = 'table ' || tg_table_name || ' is append-only: ' || lower(tg_op) || ' refused';
end $$
"""


class AppendOnly(Operation):
    """Makes a table append-only: update, delete and truncate are refused by a trigger."""

    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = schema_editor.quote_name(self.table)
        schema_editor.execute(FUNCTION)
        schema_editor.execute(
            f"create trigger append_only before update or delete or truncate on {table}"
            " for each statement execute function huimin_append_only()"
        )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(f"drop trigger if exists append_only on {schema_editor.quote_name(self.table)}")

    def describe(self) -> str:
        return f"Make {self.table} append-only"

    @property
    def migration_name_fragment(self) -> str:
        return f"append_only_{self.table}"


class CreateModels(Operation):
    """Makes the tables of a whole stage. Django draws all models anew for each that it adds; here they are drawn once."""

    reversible = False

    def __init__(self, creations: Sequence[CreateModel]) -> None:
        self.creations = creations

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The state with the new models; they are drawn when somebody asks for one."""
        vars(state).pop("apps", None)
        for creation in self.creations:
            creation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for creation in self.creations:
            creation.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Create {', '.join(creation.name for creation in self.creations)}"
