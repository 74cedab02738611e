"""Where numbers come from, in the reader's language."""

import pytest
from django.db import connection

from config.templatetags import interface
from tests.dashboard.test_pages import in_language

SOURCES = {
    "zh-Hans": (
        "演示数据。每人公里净减排 33.88 克二氧化碳：哈啰 2022 年企业标准（据媒体报道）。拆分为自行车的运行排放 8.7 克"
        "（DB11/T 3043-2024，据二手资料）和按替代构成确定的基准线 42.58 克，两者之差即公布的净值。在已公布的每公里数值"
        "（33.88 至 95.3 克）中最低，因此是保守的。直线距离不乘绕行系数。",
        "演示数据。DB11/T 3043-2024（据二手资料）。（CN-BJ，2024，[C-g]）",
        "取四个已公布数值中的最低值；直线距离不乘绕行系数；每次骑行最多计 20 公里。",
    ),
    "en": (
        "DEMO. Net 33.88 gCO2 per person-km: Hellobike enterprise standard 2022 (press). Split into the operation of a"
        " bike, 8.7 g (DB11/T 3043-2024 by a secondary source), and a substitution-mix baseline of 42.58 g that gives"
        " the published net value. The lowest of the published per-km values (33.88 to 95.3 g), so conservative."
        " Straight-line distances count without a detour.",
        "DEMO. DB11/T 3043-2024 through a secondary source. (CN-BJ 2024, [C-g])",
        "The lowest of four published values; straight lines count without a detour; at most 20 km a ride.",
    ),
}


@pytest.mark.parametrize(("language", "other"), [("zh-Hans", "DEMO."), ("en", "演示数据")])
def test_sources_are_in_the_readers_language(signed_in, alice, make_activity, language, other):
    in_language(signed_in, language.lower())
    of_version, of_factor, caution = SOURCES[language]
    entry = signed_in.get(f"/activities/{make_activity(alice).pk}/").text
    city = signed_in.get("/city/").text
    assert f'<p class="muted" lang="{language}">{of_version}</p>' in entry
    assert f'<dd class="muted" lang="{language}">{of_version}</dd>' in city
    assert f'<dd lang="{language}">{caution}</dd>' in city
    for page in (entry, city):
        assert f'<span class="muted" lang="{language}">{of_factor}</span>' in page
        assert other not in page


def test_a_source_in_one_language_is_marked_as_that(signed_in, alice, make_activity):
    activity = make_activity(alice)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(  # as of a version published earlier
            "UPDATE activities_methodology SET source_zh = '',"
            " factors = jsonb_set(factors, '{mode_g_per_km,source_zh}', '\"\"') WHERE factors ? 'mode_g_per_km'"
        )
        cursor.execute("SET session_replication_role = DEFAULT")
    page = signed_in.get(f"/activities/{activity.pk}/").text
    assert f'<p class="muted" lang="en">{SOURCES["en"][0]}</p>' in page
    assert (
        '<span class="muted" lang="en">DEMO. DB11/T 3043-2024 through a secondary source.（CN-BJ，2024，[C-g]）' in page
    )
    assert interface.written_in("DB11/T 3043-2024 附录 A") == "zh-Hans"
    assert interface.written_in("DB11/T 3043-2024, annex A") == "en"
