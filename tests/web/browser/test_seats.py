"""Where seats stand: nobody sits on another's lap, and everybody is in the picture."""

import pytest

from tests.web.browser.conftest import Visit
from tests.web.browser.theatre import Theatre

PLACED = """
async ([module, halls]) => {
  const { capacity, layOut, seatAt } = await import(module);
  return halls.map((hall) => {
    const plan = layOut(hall);
    const [x, y] = [[], []];
    hall.groups.forEach(({ count }, b) => {
      for (let slot = 0; slot < count; slot += 1) {
        seatAt(plan, plan.blocks[b], slot, x, y, x.length);
      }
    });
    let nearest = Infinity;
    for (let i = 0; i < x.length; i += 1) {
      for (let j = 0; j < i; j += 1) {
        nearest = Math.min(nearest, Math.hypot(x[i] - x[j], y[i] - y[j]));
      }
    }
    return {
      seats: x.length,
      room: plan.blocks.reduce((sum, one) => sum + capacity(one), 0),
      nearest: nearest / plan.pitch,
      inside: x.every((one, i) => one > 0 && one < hall.width && y[i] > 0 && y[i] < plan.height),
      fits: plan.height <= hall.height || plan.pitch <= 3,
    };
  });
}
"""
CROWDS = ([1], [2, 1], [400], [900, 3, 2, 1], [60] * 24, [500, 300, 200, 90, 40, 7])
ROOMS = ((343, 540, 14, 18), (1000, 560, 100, 70), (1800, 900, 130, 110))


@pytest.mark.slow
def test_seats_are_apart_and_inside(visit: Visit) -> None:
    halls = [
        {
            "width": width,
            "height": height,
            "top": top,
            "sag": sag,
            "groups": [{"count": count} for count in crowd],
        }
        for crowd in CROWDS
        for width, height, top, sag in ROOMS
    ]
    with Theatre(40) as theatre:
        module = f"{theatre.url}/static/js/seats/layout.js"
        page = visit(f"{theatre.url}/login", quiet=True)
        placed = page.evaluate(PLACED, [module, halls])
    for hall, plan in zip(halls, placed, strict=True):
        assert plan["seats"] == sum(one["count"] for one in hall["groups"]), hall
        assert plan["room"] >= plan["seats"], hall
        assert plan["nearest"] is None or plan["nearest"] > 0.99, hall
        assert plan["inside"], hall
        assert plan["fits"], hall
