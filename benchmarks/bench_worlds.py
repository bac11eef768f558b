"""`ShopSmart` beside the obvious loop: one search at a time, one product at a time.

Run ``python benchmarks/bench_worlds.py [sessions a day]``. The loop places the products of every
page and lets the customer click, from the same random numbers: the same products and clicks come
out, checked first. It makes no times, features, orders, labels or tables; the world makes them
all. The promises: the world is at least 5 times faster than the loop, and a million impressions
take less than 5 seconds of one core.
"""

from __future__ import annotations

import math
import os
import sys
import time

import numpy as np

from mlsdlib.timing import time_ratio
from mlsdlib.worlds import ShopSmart, ShopSmartConfig
from mlsdlib.worlds._draws import stream

LEAST_RATIO = 5.0
MOST_SECONDS = 5.0
SEED = 0


def loop(world: ShopSmart) -> tuple[list[int], list[bool]]:
    """Return the products shown and whether they were clicked, as plain Python finds them."""
    config, demand = world.config, world._demand
    users, catalogue, traffic = demand.users, demand.catalogue, demand.traffic
    clocks, luck = stream(SEED, "ranking"), stream(SEED, "clicks")
    explored = stream(SEED, "exploration").random(len(traffic.session)) < config.exploration
    members = [np.flatnonzero(catalogue.category == c).tolist() for c in range(config.n_categories)]
    base = math.log(config.base_click / (1 - config.base_click))
    shown, clicked = [], []
    for search, session in enumerate(traffic.session):
        day, user = traffic.day[search], traffic.user[search]
        rings = []
        candidates = members[traffic.category[search]]
        clock = clocks.standard_exponential(catalogue.members.shape[1])
        for product, ring in zip(candidates, clock, strict=False):
            if catalogue.launch_day[product] <= day:
                weight = 1.0 if explored[search] else 1.0 + catalogue.popularity[product]
                rings.append((ring / weight, product))
        rings.sort()
        for position, (_, product) in enumerate(rings[: config.n_slots], 1):
            logit = (
                base
                + users.bias[user]
                + catalogue.quality[product]
                + config.taste_sd * (traffic.taste[session] @ catalogue.style[product])
                + config.price_sensitivity * catalogue.cheapness[product, day // 7]
            )
            p = position**-config.examination_decay / (1 + math.exp(-logit))
            shown.append(product)
            clicked.append(luck.random() < p)
    return shown, clicked


def same(ours: tuple[list[int], list[bool]], world: ShopSmart) -> bool:
    """Return whether the loop and the world agree on every impression."""
    table = world.impressions
    return ours[0] == table["product_id"].tolist() and ours[1] == table["clicked"].tolist()


def main(sessions_per_day: float) -> int:
    """Print both figures; return 1 if a promise is broken."""
    config = ShopSmartConfig(sessions_per_day=sessions_per_day)
    world = ShopSmart(config, rng=SEED)
    load = f"load {os.getloadavg()[0]:.1f}"
    print(f"loop over searches / ShopSmart, {len(world.impressions):,} impressions; {load}")
    ratio = time_ratio(lambda: loop(world), lambda: ShopSmart(config, rng=SEED), pairs=7, same=same)
    print(f"  time ratio, at least {LEAST_RATIO:g} promised: {ratio}")
    start = time.process_time()
    million = ShopSmart(ShopSmartConfig(sessions_per_day=910), rng=SEED)
    seconds = time.process_time() - start
    print(
        f"  {len(million.impressions):,} impressions with all tables: {seconds:.2f} s of one core, "
        f"at most {MOST_SECONDS:g} promised"
    )
    return int(ratio.low < LEAST_RATIO or seconds > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 30))
