"""The whole way in a real browser, between two sites: the session's cookie is never sent across, and still holds."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from tests.integration.serve.openid.conftest import MakeHouse, RealProvider

CALLBACK = "/api/v1/session/outside/callback"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
WHO = "fetch('/api/v1/session').then(async (answer) => [answer.status, await answer.json()])"


def test_a_browser_comes_back_from_another_site_signed_in(make_house: MakeHouse, provider: RealProvider) -> None:
    house = make_house(provider.issuer)
    base = house.base.replace("127.0.0.1", "localhost")  # another site than the provider's, as browsers count sites
    provider.serve(f"{base}{CALLBACK}")
    chromium = shutil.which("chromium")
    assert chromium, "Debian's chromium is needed: apt install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        page.goto(f"{base}/api/v1/session/outside/start")
        assert page.url.startswith(provider.issuer)
        page.fill("input[name=login]", "lea")
        page.fill("input[name=password]", "any")
        page.click("button[type=submit]")
        page.click("button[type=submit]")  # its consent
        page.wait_for_url(f"{base}/")
        status, said = page.evaluate(WHO)
        assert (status, said["user"]["username"]) == (200, "lea.martin")
        cookies = {str(one.get("name")): one for one in page.context.cookies(base)}
        assert cookies["beffroi_session"].get("sameSite") == "Strict" and cookies["beffroi_session"].get("httpOnly")
        assert "beffroi_outside" not in cookies
        browser.close()
