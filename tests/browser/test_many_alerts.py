"""Ten thousand alerts: counted, reachable, and the keys still answer at once."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import BrowserContext, expect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser.conftest import House, MakeVisitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
COUNT = 10_000


@pytest.fixture
def flooded(house: House, tmp_path: Path) -> Iterator[House]:
    """The house as it was, on a copy of its data in which one alert has become ten thousand."""
    house.stop()
    data = tmp_path / "flooded"
    shutil.copytree(house.data, data)
    with closing(sqlite3.connect(data / "beffroi.db")) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(alerts)")]
        fresh = {"alert_id": "'copy-' || n", "event_id": "'copy-event-' || n", "state": "'held'"}
        chosen = ", ".join(fresh.get(name, name) for name in columns)
        numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
        model = "(SELECT * FROM alerts WHERE state IN ('open', 'held') LIMIT 1)"
        copying = f"INSERT INTO alerts ({', '.join(columns)}) SELECT {chosen} FROM {model}, numbers"
        connection.execute(f"{numbers} {copying}", (COUNT,))
        assert connection.execute("SELECT changes()").fetchone() == (COUNT,)
    other = type(house)(data)
    other.start()
    try:
        yield other
    finally:
        other.stop()
        house.start()


def test_ten_thousand_alerts_do_not_freeze_the_desk(
    flooded: House, context: BrowserContext, make_visitor: MakeVisitor
) -> None:
    visitor = make_visitor(context.new_page(), flooded)
    page = visitor.page
    visitor.go("/")
    visitor.sign_in("operateur")
    page.wait_for_selector(".list [aria-selected=true]", timeout=90_000)
    held = page.locator("[data-list=held]")
    expect(held).to_contain_text("10")
    assert int("".join(filter(str.isdigit, held.inner_text()))) >= COUNT - 100
    held.click()
    page.wait_for_selector(".list [data-alert]")
    assert page.locator("[data-alert]").count() < 40, "rows out of view are drawn"
    begun = time.monotonic()
    for _ in range(40):
        page.keyboard.press("j")
    expect(page.locator(".list [aria-selected=true]")).to_have_attribute("aria-posinset", "41")
    assert time.monotonic() - begun < 20
    page.keyboard.press("End")
    expect(page.locator(".list [aria-selected=true]")).to_be_visible()
    visitor.shot("desk-flood")
    assert visitor.errors == []
