"""The ledger in the database itself: sums follow the movements under a lock, nothing is paid above what was granted and has arrived.

So two payments at once can't overspend, whoever writes them, and a movement is never changed or removed: a mistake is reversed.
"""

from django.db import migrations

FORWARD = """
create function works_movement_enter() returns trigger language plpgsql as $$
declare
    held works_source%rowtype;
    undone works_movement%rowtype;
begin
    select * into held from works_source where id = new.source_id for update;
    if new.reverses_id is not null then
        select * into undone from works_movement where id = new.reverses_id;
        if undone.source_id <> new.source_id or undone.kind <> new.kind or undone.amount <> -new.amount
                or undone.reverses_id is not null or new.dated < undone.dated then
            raise exception '冲销与原记录不符' using errcode = 'check_violation', constraint = 'movement_reversal';
        end if;
    end if;
    if new.kind = 'budget' then
        held.budget := held.budget + new.amount;
        if held.budget < 0 then
            raise exception '下达资金不能减到零以下' using errcode = 'check_violation', constraint = 'movement_below_zero';
        end if;
    elsif new.kind = 'arrival' then
        held.arrived := held.arrived + new.amount;
        if new.amount > 0 and held.arrived > held.budget then
            raise exception '到位超过下达' using errcode = 'check_violation', constraint = 'movement_over_budget';
        end if;
        if held.arrived < held.paid then
            raise exception '到位少于已支付' using errcode = 'check_violation', constraint = 'movement_already_paid';
        end if;
    else
        held.paid := held.paid + new.amount;
        if new.amount > 0 and held.paid > held.budget then
            raise exception '支付超过下达' using errcode = 'check_violation', constraint = 'movement_over_budget';
        end if;
        if held.paid > held.arrived then
            raise exception '支付超过到位' using errcode = 'check_violation', constraint = 'movement_over_arrival';
        end if;
    end if;
    update works_source set budget = held.budget, arrived = held.arrived, paid = held.paid where id = held.id;
    return new;
end
$$;

create function works_movement_entered() returns trigger language plpgsql as $$
begin
    update works_source set short = found.short, budgeted_on = found.budgeted_on, arrived_on = found.arrived_on
    from (
        select greatest(0, max(-running)) as short, min(dated) filter (where kind = 'budget') as budgeted_on,
            max(dated) filter (where kind = 'arrival') as arrived_on
        from (
            select m.kind, m.dated,
                sum(case m.kind when 'arrival' then m.amount when 'payment' then -m.amount else 0 end)
                    over (order by m.dated) as running
            from works_movement m
            where m.source_id = new.source_id and m.reverses_id is null
                and not exists (select from works_movement r where r.reverses_id = m.id)
        ) standing
    ) found
    where works_source.id = new.source_id;
    return null;
end
$$;

create function works_movement_stays() returns trigger language plpgsql as $$
begin
    raise exception '资金记录只能追加，错误用冲销更正' using errcode = 'restrict_violation';
end
$$;

create function works_source_sums() returns trigger language plpgsql as $$
begin
    if pg_trigger_depth() < 2 then
        raise exception '资金合计由资金记录得出，不能直接改动' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;

create trigger movement_enters before insert on works_movement for each row execute function works_movement_enter();
create trigger movement_entered after insert on works_movement for each row execute function works_movement_entered();
create trigger movement_stays before update or delete on works_movement for each row execute function works_movement_stays();
create trigger source_sums before update on works_source for each row
    when ((new.budget, new.arrived, new.paid) is distinct from (old.budget, old.arrived, old.paid))
    execute function works_source_sums();
create trigger source_begins before insert on works_source for each row
    when (new.budget <> 0 or new.arrived <> 0 or new.paid <> 0) execute function works_source_sums();
"""

BACKWARD = """
drop trigger source_begins on works_source;
drop trigger source_sums on works_source;
drop trigger movement_stays on works_movement;
drop trigger movement_entered on works_movement;
drop trigger movement_enters on works_movement;
drop function works_source_sums();
drop function works_movement_stays();
drop function works_movement_entered();
drop function works_movement_enter();
"""


class Migration(migrations.Migration):
    dependencies = [("works", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
