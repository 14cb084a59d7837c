"""The database itself refuses to change or remove history: not even the application's own user can by mistake."""

from django.db import migrations

FORWARD = """
create function history_refuse() returns trigger language plpgsql as $$
begin
    raise exception '操作记录只能追加，不能修改或删除（% %）', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end
$$;

create trigger history_entry_append_only before update or delete or truncate on history_entry
    for each statement execute function history_refuse();
create trigger history_chain_stays before delete or truncate on history_chain
    for each statement execute function history_refuse();

create function history_chain_grow() returns trigger language plpgsql as $$
begin
    if new.key <> old.key or new.length < old.length or (new.length = old.length and new.head <> old.head) then
        raise exception '操作记录的链头只能增长（%）', old.key using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;

create trigger history_chain_grows before update on history_chain
    for each row execute function history_chain_grow();
"""

BACKWARD = """
drop trigger history_chain_grows on history_chain;
drop trigger history_chain_stays on history_chain;
drop trigger history_entry_append_only on history_entry;
drop function history_chain_grow();
drop function history_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("history", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
