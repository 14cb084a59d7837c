"""A sealed list is neither changed nor removed: what was declared is checked against it for years."""

from django.db import migrations

REFUSE = """
create function evidence_seals_stay() returns trigger language plpgsql as $$
begin
  raise exception 'sealed list % cannot be changed or removed', old.id using errcode = 'restrict_violation';
end $$;
create trigger seals_stay before update or delete on evidence_seal
  for each row execute function evidence_seals_stay();
"""

ALLOW = """
drop trigger seals_stay on evidence_seal;
drop function evidence_seals_stay();
"""


class Migration(migrations.Migration):
    dependencies = [("evidence", "0003_seal")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
