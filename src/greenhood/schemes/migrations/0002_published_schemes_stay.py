"""What has been published is neither changed nor removed: declarations are judged by it for years."""

from django.db import migrations

REFUSE = """
create function schemes_published_stays() returns trigger language plpgsql as $$
begin
  raise exception 'published scheme % version % cannot be changed or removed', old.scheme_id, old.version
    using errcode = 'restrict_violation', hint = 'publish a new version';
end $$;
create trigger published_stays before update or delete on schemes_schemeversion
  for each row execute function schemes_published_stays();
"""

ALLOW = """
drop trigger published_stays on schemes_schemeversion;
drop function schemes_published_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("schemes", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
