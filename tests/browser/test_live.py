"""The live tile: moving video over the socket, still pictures under it when there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import WebSocketRoute, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
VIDEO = ".tile[data-mode=video] video"
PIXELS = """() => {
  const video = document.querySelector('.tile video');
  const canvas = document.createElement('canvas');
  canvas.width = 64; canvas.height = 48;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 64, 48);
  return Array.from(context.getImageData(0, 0, 64, 48).data);
}"""


def choose_filmed(visitor: Visitor) -> None:
    """Choose an alert whose camera gives pictures."""
    page = visitor.page
    page.wait_for_selector(".list [data-alert]", timeout=90_000)
    page.locator(".list [data-alert]", has_text="Campus").first.click(timeout=90_000)


def test_the_live_tile_shows_moving_video_with_boxes(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("operateur")
    choose_filmed(visitor)
    page.wait_for_selector(VIDEO)
    before, pixels = page.evaluate(f"document.querySelector('{VIDEO}').currentTime"), page.evaluate(PIXELS)
    assert sum(pixels) > 64 * 48 * 255, "the picture is black"
    page.wait_for_timeout(2500)
    after, later = page.evaluate(f"document.querySelector('{VIDEO}').currentTime"), page.evaluate(PIXELS)
    assert after > before
    assert sum(abs(a - b) for a, b in zip(pixels, later, strict=True)) > 1000, "the picture stands still"
    page.wait_for_selector(".tile .box")
    page.keyboard.press("l")
    expect(page.locator(".desk.large")).to_be_visible()
    page.wait_for_selector(".tile .box span")
    visitor.shot("live-large")


def test_without_a_socket_the_tile_shows_stills_and_comes_back_to_video(visitor: Visitor) -> None:
    page = visitor.page
    blocked = True

    def refuse(route: WebSocketRoute) -> None:
        if blocked:
            route.close(code=1011)
        else:
            route.connect_to_server()

    page.route_web_socket("**/live", refuse)
    visitor.sign_in("operateur")
    choose_filmed(visitor)
    page.wait_for_selector(".tile[data-mode=stills] img")
    expect(page.locator(".tile .state")).to_contain_text("Images fixes")
    first = page.get_attribute(".tile img", "src")
    page.wait_for_function("first => document.querySelector('.tile img')?.getAttribute('src') !== first", arg=first)
    blocked = False
    page.wait_for_selector(VIDEO, timeout=30_000)
