"""Who takes part in the demonstration, all with one password that is told to everybody."""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huimin_platform.base.models import User

PASSWORD = "demonstration"  # noqa: S105 - for a make-believe county


def enrolled(username: str, **fields: Any) -> "User":
    """A new user who signs in with the password."""
    from huimin_platform.base.models import User

    user = User.objects.create_user(username, **fields)
    user.password = _hashed()
    user.save(update_fields=["password"])
    return user


@cache
def _hashed() -> str:
    """Slow by intent, a quarter of a second: once, not for each of seventeen."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)
