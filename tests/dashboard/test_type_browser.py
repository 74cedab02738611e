"""Type of our own: it comes from here, and nothing moves when it comes."""

import pytest

from tests.browsers import cookie_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHIFTS = """
new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const each of list.getEntries()) sum += each.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 500);
})
"""


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_type_comes_from_here_and_nothing_moves_when_it_is_late(browser, live_server, client, alice, language):
    context = browser.new_context(viewport={"width": 390, "height": 844}, service_workers="block")
    context.add_cookies([cookie_of(client, live_server, alice.user)])
    context.add_cookies([{"name": "tanpuhui_language", "value": language, "url": live_server.url}])
    page = context.new_page()
    waiting, asked = [], []
    page.route("**/*.woff2", lambda route: waiting.append(route))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/home/", wait_until="domcontentloaded")
    page.wait_for_timeout(300)
    assert len(waiting) == 2
    for route in waiting:
        route.continue_()
    page.evaluate("document.fonts.ready.then(() => true)")
    faces = (
        "[...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family.replaceAll('\"', ''))"
    )
    assert {"Source Sans 3", "Source Serif 4"} <= set(page.evaluate(faces))
    assert page.evaluate(SHIFTS) < 0.02
    assert {url.startswith((live_server.url, "data:")) for url in asked} == {True}


def test_figures_have_one_width(browser, live_server):
    page = browser.new_context(viewport={"width": 390, "height": 844}, service_workers="block").new_page()
    page.goto(live_server.url)
    page.evaluate("document.fonts.ready.then(() => true)")
    widths = page.evaluate("""() => [..."0123456789"].map((digit) => {
      const mark = document.body.appendChild(document.createElement("span"));
      mark.style.position = "absolute";
      mark.textContent = digit.repeat(20);
      return mark.getBoundingClientRect().width;
    })""")
    assert len(set(widths)) == 1
