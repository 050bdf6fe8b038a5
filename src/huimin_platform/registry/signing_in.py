"""Who is signed in: a resident whose file went into another one reads the one that is kept."""

from django.contrib.auth.backends import ModelBackend
from django.db.models.expressions import RawSQL

from huimin_platform.base.models import User

# Whoever keeps the file in the end, however often files went into others; asked together with the user.
KEPT = """
with recursive kept as (
    select id, merged_into_id from registry_person where id = base_user.person_id
    union all
    select person.id, person.merged_into_id from registry_person person join kept on person.id = kept.merged_into_id
)
select id from kept where merged_into_id is null
"""


class OwnFile(ModelBackend):
    """Signs in by name and password; the user's person is the one whose file holds theirs now."""

    def get_user(self, user_id: int) -> User | None:
        """The user of a session; none where there is no such user any more, or one who may not come in."""
        kept = RawSQL(KEPT, [])  # noqa: S611 - our own words, nothing put in
        user = User.objects.annotate(kept_person=kept).filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        if user.kept_person is not None:
            user.person_id = user.kept_person
        return user
