"""Infrastructure: municipal systems, roads, lamps, waste, rain, wires, renovation, charging."""

from __future__ import annotations

from greenhood.indicators.catalogue.entries import Direction, Indicator, Norm, Records, Tally, number, register, total
from greenhood.indicators.catalogue.norms import NATIONAL, SICHUAN

SECTION = "基础设施"
A_YEAR = 365

# What 建城〔2020〕68号 names: 供水、排水、供电、弱电、道路、供气、消防、生活垃圾分类; 通信 counts as 弱电.
SYSTEMS = ("water", "drainage", "power", "weak-current", "road", "gas", "fire", "sanitation")
_BIT = (
    "case system "
    + " ".join(f"when '{system}' then {1 << place}" for place, system in enumerate(SYSTEMS))
    + f" when 'telecom' then {1 << SYSTEMS.index('weak-current')} end"
)


def _bit(name: str, place: int) -> str:
    return f"(({{{name}}}::int >> {place}) & 1)"


register(
    Indicator(
        key="municipal_facility_coverage",
        section=SECTION,
        definition="供水、排水、供电、弱电（含通信）、道路、供气、消防、环卫八类市政设施中，完好或基本完好的类数所占比例。一类设施有一处登记为损坏，这一类就不算。",
        formula="没有损坏的类数 ÷ 8 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(
            NATIONAL,
            "附件 #4",
            "原文要求八类基础设施“比较完善”，没有写计算方法；按类计，缺的一类应登记为损坏并写明缺失。",
        ),
        fresh_for=2 * A_YEAR,
        records=(
            Records(
                kind="infrastructure",
                # One bit for each system: those that are recorded, and those of which something is damaged.
                counts={"all": Tally(f"bit_or({_BIT})"), "bad": Tally(f"bit_or({_BIT})", "condition = 'damaged'")},
                filled=("nullif(condition, '')",),
                missing="还没有登记市政设施。",
                incomplete="有的市政设施没有填写状况。",
            ),
        ),
        part=f"({len(SYSTEMS)} - ({' + '.join(_bit('bad', place) for place in range(len(SYSTEMS)))}))::numeric",
        # Unknown as long as a system isn't recorded at all: what nobody wrote down is no defect.
        whole=f"(case when {{all}} = {(1 << len(SYSTEMS)) - 1} then {len(SYSTEMS)} else 0 end)::numeric",
        empty="八类市政设施还没有登记齐：供水、排水、供电、弱电、道路、供气、消防、环卫各至少一条，缺的登记为损坏并写明缺失。",
        part_unit="类",
        remedy="再修复 {short}设施，修复后更新状况",
    )
)

# A record without a quantity is one piece, good unless it is damaged. Metres and square metres are no pieces.
_PIECES = "system in ('fire', 'lighting') and quantity is not null and quantity_unit in ('lamp', 'place', 'piece')"
_SINGLE = "system in ('fire', 'lighting') and (quantity is null or quantity_unit not in ('lamp', 'place', 'piece'))"

register(
    Indicator(
        key="facility_condition",
        section=SECTION,
        definition="消防、照明、视频监控等安全设施中完好可用的数量所占比例。按盏、处、个登记的市政设施按数量计，其余每条计一件；监控、门禁、消防感知设备每台计一件。",
        formula="完好可用的件数 ÷ 登记的件数 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(
            SICHUAN, "附件1 #9", "原文要求安全设施“满足规范要求”，没有写计算方法；按件计。没有登记设备的只计市政设施。"
        ),
        fresh_for=2 * A_YEAR,
        records=(
            Records(
                kind="infrastructure",
                where="system in ('fire', 'lighting')",
                counts={
                    "pieces": total("quantity", _PIECES),
                    "faulty": total(
                        "case when condition = 'damaged' then coalesce(faulty, quantity) else faulty end", _PIECES
                    ),
                    "single": number(_SINGLE),
                    "broken": number(f"{_SINGLE} and condition = 'damaged'"),
                },
                filled=("nullif(condition, '')",),
                missing="还没有登记消防、照明设施。",
                incomplete="有的消防、照明设施没有填写状况。",
            ),
            Records(
                kind="devices",
                where="device_kind in ('camera', 'gate', 'smoke')",
                counts={"devices": number(), "working": number("is_working")},
                filled=("is_working",),
                missing="还没有登记感知设备。",
                incomplete="有的感知设备没有写明是否正常运行。",
                is_optional=True,
            ),
        ),
        part="({pieces} - {faulty} + {single} - {broken} + {working})",
        whole="({pieces} + {single} + {devices})",
        empty="登记的安全设施数量为 0。",
        part_unit="件",
        remedy="再修复或补齐安全设施 {short}",
    )
)

register(
    Indicator(
        key="waste_sorting_coverage",
        section=SECTION,
        definition="生活垃圾分类投放设施已覆盖的小区占全部小区的比例，按小区数计。",
        formula="已覆盖的小区数 ÷ 小区数 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(NATIONAL, "附件 #5", "原文是“生活垃圾分类居民小区全覆盖”，故按小区数计。"),
        fresh_for=2 * A_YEAR,
        records=(
            Records(
                kind="estates",
                counts={"sorting": number("sorts_waste"), "estates": number()},
                filled=("sorts_waste",),
                missing="还没有登记小区。",
                incomplete="有的小区没有写明生活垃圾分类投放设施是否已覆盖。",
            ),
        ),
        part="{sorting}",
        whole="{estates}",
        empty="社区确认没有小区，这一项不适用。",
        part_unit="个小区",
        remedy="再为 {short}配齐生活垃圾分类投放设施",
    )
)

register(
    Indicator(
        key="damaged_road_share",
        section=SECTION,
        definition="社区道路中破损路面所占面积比例。",
        formula="破损路面面积 ÷ 道路面积 × 100%",
        direction=Direction.LOWER,
        norm=Norm(NATIONAL, "附件 #5", "原文要求“开展了社区道路综合治理”，没有写计算方法；按面积计。"),
        fresh_for=2 * A_YEAR,
        records=(
            Records(
                kind="infrastructure",
                where="system = 'road'",
                counts={"damaged": total("faulty"), "roads": total("quantity")},
                filled=("quantity", "faulty", "nullif(quantity_unit = 'm2', false)"),
                missing="还没有登记道路。",
                incomplete="有的道路没有按平方米填写面积和其中破损的面积，没有破损的填 0。",
            ),
        ),
        part="{damaged}",
        whole="{roads}",
        empty="登记的道路面积为 0，无法计算。",
        part_unit="平方米",
        remedy="再修复破损路面 {short}",
    )
)

register(
    Indicator(
        key="waterlogging_points",
        section=SECTION,
        definition="最近一次环境巡查记录的长时间积水或污水漫溢点数。",
        formula="积水或污水漫溢点数",
        direction=Direction.LOWER,
        norm=Norm(SICHUAN, "附件1 #7"),
        fresh_for=A_YEAR,
        records=(
            Records(
                kind="environment",
                counts={"points": total("waterlogging_points")},
                filled=("waterlogging_points",),
                missing="还没有登记环境巡查。",
                incomplete="环境巡查没有填写“积水或污水漫溢点”，没有的填 0。",
            ),
        ),
        value="{points}",
        remedy="再消除积水或污水漫溢点 {short}，消除后更新环境巡查",
    )
)

register(
    Indicator(
        key="overhead_lines_buried",
        section=SECTION,
        definition="电线、通讯线、有线电视信号线中已入地的长度所占比例。",
        formula="已入地长度 ÷ 线路总长 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(SICHUAN, "附件1 #16", "原文是“力争”地下铺设，没有写计算方法；按长度计，各类线路合并。"),
        fresh_for=3 * A_YEAR,
        records=(
            Records(
                kind="overhead-lines",
                counts={"buried": total("buried_length"), "lines": total("length")},
                filled=("length", "buried_length"),
                missing="还没有登记架空线。",
                incomplete="有的架空线没有填写总长或已入地的长度，没有入地的填 0。",
            ),
        ),
        part="{buried}",
        whole="{lines}",
        empty="社区确认没有架空线，这一项不适用。",
        part_unit="米",
        remedy="再入地 {short}线路",
    )
)

register(
    Indicator(
        key="renovation_completion",
        section=SECTION,
        definition="列入县（区）当年老旧小区改造计划的小区中，已完工楼栋占计划改造楼栋的比例。",
        formula="当年计划内已完工楼栋 ÷ 当年计划改造楼栋 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(SICHUAN, "附件1 #13", "“年度计划目标”取所问日期当年的计划，按楼栋计。"),
        fresh_for=A_YEAR,
        records=(
            Records(
                kind="estates",
                where="renovation_year = extract(year from %(as_of)s::date)",
                counts={"finished": total("renovation_finished"), "planned": total("renovation_planned")},
                filled=("renovation_planned", "renovation_finished"),
                missing="没有登记列入当年老旧小区改造计划的小区：确实没有的，这一项不适用。",
                incomplete="列入当年改造计划的小区，有的没有填写计划改造楼栋或已完工楼栋，没有完工的填 0。",
            ),
        ),
        part="{finished}",
        whole="{planned}",
        empty="当年没有计划改造的楼栋，这一项不适用。",
        part_unit="栋",
        remedy="再完成改造 {short}",
    )
)

register(
    Indicator(
        key="energy_retrofit_share",
        section=SECTION,
        definition="需要节能改造的既有居住建筑中已完成改造的比例，按楼栋计。",
        formula="已完成节能改造的楼栋 ÷ 需要节能改造的楼栋（含已完成的）× 100%",
        direction=Direction.HIGHER,
        norm=Norm(SICHUAN, "附件1 #11", "原文没有写计算方法；分母只取需要改造的楼栋，不需要的不计。"),
        fresh_for=3 * A_YEAR,
        records=(
            Records(
                kind="buildings",
                where="needs_retrofit or is_retrofitted",
                counts={"done": number("is_retrofitted"), "needed": number()},
                filled=("is_retrofitted",),
                missing="没有登记需要节能改造的楼栋：确实没有的，这一项不适用。",
                incomplete="需要节能改造的楼栋，有的没有写明是否已完成。",
            ),
        ),
        part="{done}",
        whole="{needed}",
        empty="社区确认没有楼栋，这一项不适用。",
        part_unit="栋",
        remedy="再完成节能改造 {short}",
    )
)


def _lamps(key: str, column: str, definition: str, formula: str, norm: Norm, remedy: str, title: str) -> Indicator:
    return Indicator(
        key=key,
        section=SECTION,
        definition=definition,
        formula=formula,
        direction=Direction.HIGHER,
        norm=norm,
        fresh_for=3 * A_YEAR,
        records=(
            Records(
                kind="infrastructure",
                where="system = 'lighting' and quantity_unit = 'lamp'",
                counts={"some": total(column), "lamps": total("quantity")},
                filled=("quantity", column),
                missing="还没有按盏登记照明设施。",
                incomplete=f"有的照明设施没有填写数量或“{title}”，没有的填 0。",
            ),
        ),
        part="{some}",
        whole="{lamps}",
        empty="登记的照明设施为 0 盏。",
        part_unit="盏",
        remedy=remedy,
    )


register(
    _lamps(
        "energy_saving_lamp_share",
        "saving",
        "公共照明中使用节能产品的灯盏所占比例。",
        "节能灯盏数 ÷ 照明灯盏数 × 100%",
        Norm(NATIONAL, "二(二)·1", "原文要求推广节能照明，没有写计算方法；按盏计。"),
        "再更换节能灯 {short}",
        "其中节能或节水产品",
    )
)

register(
    _lamps(
        "renewable_lamp_share",
        "renewable",
        "公共照明中使用太阳能等可再生能源的灯盏所占比例。",
        "使用可再生能源的灯盏数 ÷ 照明灯盏数 × 100%",
        Norm(SICHUAN, "附件1 #14", "原文要求“普及使用可再生能源路灯”，没有写计算方法；按盏计。"),
        "再更换可再生能源路灯 {short}",
        "其中使用可再生能源",
    )
)

register(
    Indicator(
        key="sponge_area_share",
        section=SECTION,
        definition="透水铺装、雨水花园、绿色屋顶、调蓄设施等海绵设施的面积占辖区面积的比例。",
        formula="海绵设施面积之和 ÷ 辖区面积 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(NATIONAL, "二(二)·5", "原文要求推进海绵化改造和建设，没有规定比例；分母取辖区面积。"),
        fresh_for=3 * A_YEAR,
        records=(
            Records(
                kind="boundary",
                counts={"land": total("area")},
                filled=("area",),
                missing="还没有登记辖区范围和面积。",
                incomplete="辖区范围没有填写面积。",
            ),
            Records(
                kind="sponge-facilities",
                counts={"sponge": total("area")},
                filled=("area",),
                missing="还没有登记海绵设施；确实没有的，请在摸底中确认“没有此类”。",
                incomplete="有的海绵设施没有填写面积。",
            ),
        ),
        part="{sponge}",
        whole="{land}",
        empty="辖区面积为 0，无法计算。",
        part_unit="平方米",
        remedy="再建设海绵设施 {short}",
    )
)

register(
    Indicator(
        key="charging_points",
        section=SECTION,
        definition="社区停车场所的电动汽车充电桩数量。",
        formula="各停车场所充电桩之和",
        direction=Direction.HIGHER,
        norm=Norm(NATIONAL, "二(三)·3"),
        fresh_for=2 * A_YEAR,
        records=(
            Records(
                kind="parking",
                counts={"posts": total("charging_posts")},
                filled=("charging_posts",),
                missing="还没有登记停车与充电。",
                incomplete="有的停车场所没有填写充电桩，没有的填 0。",
            ),
        ),
        value="{posts}",
        remedy="再建设充电桩 {short}",
    )
)

register(
    Indicator(
        key="charging_per_parking",
        section=SECTION,
        definition="充电桩数与停车位数之比。一个车位配多个充电桩时可以超过 100%。",
        formula="充电桩 ÷ 停车位 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(SICHUAN, "附件1 #22", "原文要求推动充电桩建设，没有规定比例；电动自行车充电端口不计。"),
        fresh_for=2 * A_YEAR,
        records=(
            Records(
                kind="parking",
                counts={"posts": total("charging_posts"), "places": total("places")},
                filled=("charging_posts", "places"),
                missing="还没有登记停车与充电。",
                incomplete="有的停车场所没有填写停车位或充电桩，没有的填 0。",
            ),
        ),
        part="{posts}",
        whole="{places}",
        empty="登记的停车位为 0，无法计算。",
        part_unit="个",
        remedy="再建设充电桩 {short}",
    )
)
