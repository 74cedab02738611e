"""The conformance command, against a server that really listens."""

import io

import pytest
from django.core.management import CommandError, call_command

from sandbox.loading import load

GOOD = "orderid,userid,start_time,end_time,crow_distance_km_derived\n1,7,2016-08-01 08:00,2016-08-01 08:10,1.5\n"


@pytest.mark.django_db(transaction=True)
def test_a_good_sample_passes_and_a_bad_one_says_what_to_fix(live_server, tmp_path):
    load()
    sample, out = tmp_path / "s.csv", io.StringIO()
    sample.write_text(GOOD)
    arguments = ("conform", "mobike-shanghai", "--url", live_server.url, "--sample", str(sample))
    call_command(*arguments, stdout=out)
    assert out.getvalue().count("pass") >= 10
    assert "FAIL" not in out.getvalue()
    sample.write_text(GOOD + "2,7,2016-08-01 09:00,2016-08-01 09:10,-1\n")
    with pytest.raises(CommandError, match="2 checks failed"):
        call_command(*arguments, stdout=out)
    assert "fix: value_negative: crow_distance_km_derived: -1 is negative" in out.getvalue()
