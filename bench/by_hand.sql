-- All indicators that SQL counts, as somebody would write them who knows these tables and this one day: no reasons for what is
-- unknown, no dates, no limits of freshness. The measure of what the catalogue costs.
create temporary table by_hand on commit drop as
with
population as (select community_id, sum(households) as households, sum(residents) as residents
  from communities_population where {day} group by 1),
land as (select community_id, sum(area) as area from communities_boundary where {day} group by 1),
grid as (select community_id, sum(households) as households from communities_gridcell where {day} group by 1),
estates as (select community_id, count(*) as n, sum(dwellings) as dwellings, sum(managed_dwellings) as managed,
    count(*) filter (where sorts_waste) as sorting, count(*) filter (where has_monitoring) as watched,
    count(*) filter (where has_access_control) as gated,
    sum(renovation_planned) filter (where renovation_year = extract(year from {on})) as planned,
    sum(renovation_finished) filter (where renovation_year = extract(year from {on})) as finished
  from communities_estate where {day} group by 1),
buildings as (select community_id, count(*) as needed, count(*) filter (where is_retrofitted) as done
  from communities_building where {day} and (needs_retrofit or is_retrofitted) group by 1),
digital as (select community_id, sum(households) as households, sum(five_g_households) as five_g,
    sum(platform_households) as platform
  from communities_digitalservices where {day} group by 1),
pipes as (select community_id,
    (count(*) filter (where system = 'water') > 0)::int * (count(*) filter (where system = 'drainage') > 0)::int
    * (count(*) filter (where system = 'power') > 0)::int
    * (count(*) filter (where system in ('weak-current', 'telecom')) > 0)::int
    * (count(*) filter (where system = 'road') > 0)::int * (count(*) filter (where system = 'gas') > 0)::int
    * (count(*) filter (where system = 'fire') > 0)::int
    * (count(*) filter (where system = 'sanitation') > 0)::int as complete,
    8 - count(distinct case when system = 'telecom' then 'weak-current' else system end)
      filter (where condition = 'damaged' and system <> 'lighting') as sound,
    coalesce(sum(quantity) filter (where system = 'road'), 0) as roads,
    coalesce(sum(faulty) filter (where system = 'road'), 0) as potholes,
    sum(quantity) filter (where system = 'lighting' and quantity_unit = 'lamp') as lamps,
    sum(saving) filter (where system = 'lighting' and quantity_unit = 'lamp') as saving,
    sum(renewable) filter (where system = 'lighting' and quantity_unit = 'lamp') as renewable,
    coalesce(sum(case when system not in ('fire', 'lighting') then null
      when quantity is not null and quantity_unit in ('lamp', 'place', 'piece') then quantity else 1 end), 0) as pieces,
    coalesce(sum(case when system not in ('fire', 'lighting') then null
      when quantity is not null and quantity_unit in ('lamp', 'place', 'piece')
      then case when condition = 'damaged' then coalesce(faulty, quantity) else faulty end
      when condition = 'damaged' then 1 end), 0) as bad
  from communities_infrastructure where {day} group by 1),
devices as (select community_id, count(*) as n, count(*) filter (where is_working) as working
  from sensing_device where {day} and device_kind in ('camera', 'gate', 'smoke') group by 1),
lanes as (select community_id, count(*) as n, sum(obstructions) as blocked,
    count(*) filter (where obstructions = 0) as clear
  from communities_firelane where {day} group by 1),
parking as (select community_id, sum(places) as places, sum(charging_posts) as posts
  from communities_parking where {day} group by 1),
greens as (select community_id, sum(area) filter (where green_type <> 'roof') as area,
    coalesce(sum(area) filter (where green_type <> 'roof' and is_public), 0) as public,
    sum(plants) as plants, sum(dead_plants) filter (where plants is not null) as dead
  from communities_greenspace where {day} group by 1),
grounds as (select community_id, count(*) as n from communities_activityground where {day} group by 1),
care as (select community_id, count(*) as n, count(*) filter (where is_barrier_free) as free,
    count(*) filter (where is_age_friendly) as friendly
  from communities_barrierfreeplace where {day} group by 1),
sponge as (select community_id, sum(area) as area from communities_spongefacility where {day} group by 1),
wires as (select community_id, sum(length) as length, sum(buried_length) as buried
  from communities_overheadline where {day} group by 1),
sources as (select community_id, count(*) filter (where is_over_limit) as loud,
    count(*) filter (where noise_kind = 'commercial') as commercial,
    count(*) filter (where noise_kind = 'commercial' and not is_over_limit) as quiet
  from communities_noisesource where {day} group by 1),
noise as (select community_id, count(day_level) + count(night_level) as n,
    count(*) filter (where day_level <= case zone when '0' then 50 when '1' then 55 when '2' then 60 when '3' then 65
      when '4a' then 70 when '4b' then 70 end)
    + count(*) filter (where night_level <= case zone when '0' then 40 when '1' then 45 when '2' then 50 when '3' then 55
      when '4a' then 55 when '4b' then 60 end) as quiet
  from sensing_noisemeasurement where {day} and dated > {on} - 365 group by 1),
patrol as (select community_id, sum(littered_spots) as litter, sum(illegal_structures) as illegal,
    sum(waterlogging_points) as water
  from communities_environment where {day} group by 1),
acts as (select community_id, {categories}
  from activities_activity where {day} and dated > {on} - 365 group by 1),
sites as (select community_id, count(*) as n from activities_publicitysite where {day} group by 1),
conventions as (select community_id, count(*) as n from participation_convention where {day} group by 1),
surveys as (select community_id,
    sum(answers) filter (where topic = 'management') as a1, sum(satisfied) filter (where topic = 'management') as s1,
    sum(answers) filter (where topic = 'facilities') as a2, sum(satisfied) filter (where topic = 'facilities') as s2,
    sum(answers) filter (where topic = 'property') as a3, sum(satisfied) filter (where topic = 'property') as s3
  from (select *, rank() over (partition by community_id, topic order by dated desc) as place
    from participation_satisfactionsurvey where {day}) latest where place = 1 group by 1),
problems as (select community_id, count(*) as n, count(*) filter (where closed_on <= {on}) as closed,
    count(*) filter (where due_on is not null and (closed_on <= {on} or due_on < {on})) as due,
    count(*) filter (where closed_on <= due_on and closed_on <= {on}) as timely
  from gridwork_problem where {day} and dated > {on} - 365 group by 1),
heritage as (select h.community_id, count(*) as n,
    count(*) filter (where case when i.last >= h.dated and i.state <> '' then i.state else h.condition end
      in ('intact', 'worn')) as kept,
    count(*) filter (where i.last + make_interval(months => coalesce(h.inspect_every, 12)) >= {on}) as timely
  from communities_heritage h left join (
    select community_id, heritage, max(dated) as last,
      (array_agg(condition order by dated desc, recorded_at desc))[1] as state
    from communities_heritageinspection where {day} group by 1, 2) i
    on i.community_id = h.community_id and i.heritage = h.thing
  where {day_of_heritage} group by 1)
select d.id as community_id,
  100 * grid.households / nullif(population.households, 0)::numeric as grid_coverage,
  {activities},
  100 * problems.timely / nullif(problems.due, 0)::numeric as problem_timeliness,
  100 * problems.closed / problems.n::numeric as problem_resolution,
  100 * s1 / nullif(a1, 0)::numeric as resident_satisfaction, 100 * s2 / nullif(a2, 0)::numeric as facility_satisfaction,
  100 * s3 / nullif(a3, 0)::numeric as property_satisfaction,
  case when complete = 1 then 100 * sound / 8::numeric end as municipal_facility_coverage,
  100 * (pieces - bad + coalesce(working, 0)) / nullif(pieces + coalesce(devices.n, 0), 0)::numeric as facility_condition,
  100 * sorting / estates.n::numeric as waste_sorting_coverage,
  100 * potholes / nullif(roads, 0)::numeric as damaged_road_share, patrol.water as waterlogging_points,
  100 * buried / nullif(wires.length, 0)::numeric as overhead_lines_buried,
  100 * finished / nullif(planned, 0)::numeric as renovation_completion, 100 * done / needed::numeric as energy_retrofit_share,
  100 * saving / nullif(lamps, 0)::numeric as energy_saving_lamp_share,
  100 * renewable / nullif(lamps, 0)::numeric as renewable_lamp_share,
  100 * sponge.area / nullif(land.area, 0)::numeric as sponge_area_share, posts as charging_points,
  100 * posts / nullif(places, 0)::numeric as charging_per_parking,
  100 * greens.area / nullif(land.area, 0)::numeric as green_space_ratio,
  greens.public / nullif(residents, 0)::numeric as public_green_per_person,
  100 * (plants - dead) / nullif(plants, 0)::numeric as plant_survival, grounds.n as activity_grounds,
  patrol.litter as disorder_spots, patrol.illegal as illegal_structures, blocked as lifeline_blockages,
  100 * clear / lanes.n::numeric as lifeline_clear_share, 100 * free / care.n::numeric as barrier_free_share,
  100 * friendly / care.n::numeric as ageing_renovation_share, loud as noise_sources_over_limit,
  100 * sources.quiet / nullif(commercial, 0)::numeric as commercial_noise_compliance,
  100 * noise.quiet / nullif(noise.n, 0)::numeric as noise_compliance,
  100 * managed / nullif(dwellings, 0)::numeric as property_coverage, 100 * watched / estates.n::numeric as smart_security_coverage,
  100 * gated / estates.n::numeric as access_control_coverage,
  100 * five_g / nullif(digital.households, 0)::numeric as five_g_coverage,
  100 * platform / nullif(digital.households, 0)::numeric as information_platform_use, sites.n as publicity_sites,
  conventions.n as conventions_published, 100 * kept / heritage.n::numeric as heritage_protected,
  100 * heritage.timely / heritage.n::numeric as heritage_inspected_share
from divisions_division d
left join population on population.community_id = d.id left join land on land.community_id = d.id
left join grid on grid.community_id = d.id left join estates on estates.community_id = d.id
left join buildings on buildings.community_id = d.id left join digital on digital.community_id = d.id
left join pipes on pipes.community_id = d.id left join devices on devices.community_id = d.id
left join lanes on lanes.community_id = d.id left join parking on parking.community_id = d.id
left join greens on greens.community_id = d.id left join grounds on grounds.community_id = d.id
left join care on care.community_id = d.id left join sponge on sponge.community_id = d.id
left join wires on wires.community_id = d.id left join sources on sources.community_id = d.id
left join noise on noise.community_id = d.id left join patrol on patrol.community_id = d.id
left join acts on acts.community_id = d.id left join sites on sites.community_id = d.id
left join conventions on conventions.community_id = d.id left join surveys on surveys.community_id = d.id
left join problems on problems.community_id = d.id left join heritage on heritage.community_id = d.id
where d.level = 5 and d.valid_to is null
