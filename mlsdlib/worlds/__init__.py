"""Seeded worlds whose truth is known: the e-commerce company ShopSmart.

A detector, a test or a ranker is only worth what it finds where the answer is known. Here every
answer is: what each customer would have liked, which positions were looked at, when the world
changed and by how much, what the treatment did, which label is still to come::

    from mlsdlib.worlds import Drift, ShopSmart, ShopSmartConfig

    world = ShopSmart(ShopSmartConfig(drifts=(Drift(kind="concept", day=28, size=1),)), rng=0)
    world.impressions          # what the company sees
    world.truth.relevance      # what it does not
    page = world.rank(world.searches, scores)              # a page for every search …
    clicked = world.click(world.searches, page, rng=1)     # … what the customers do with it …
    world.truth.value(world.searches, page)                # … and what they do on average

Whether customers come back is another question, with a log of its own: `draw_churn`.

The model
---------
*Traffic.* Visits are a Poisson process whose rate has a daily and a weekly season. A visit has a
user, drawn by activity among those that have joined, a category, drawn by the user's interests,
and a geometric number of searches. All times are UTC and begin on Monday, 1 January 2024.

*Pages.* A page holds ``n_slots`` products of the category searched. They are placed from the top,
each in proportion to ``exp(score)`` among those left (Plackett-Luce; Luce 1959, Plackett 1975); on
a share ``exploration`` of the pages all are equally likely. New products have no popularity, and
so hardly a chance: the cold start.

*Clicks.* A product is clicked if it is examined and found relevant, independently (the
position-based model: Richardson, Dominowska & Ragno 2007; Craswell et al. 2008)::

    P(click) = examination[position] * relevance
    examination[k] = k ** -examination_decay                      (Joachims et al. 2017)
    log-odds of relevance = log-odds of base_click + bias of the user + appeal + treatment
    appeal = quality + taste_sd * taste @ style - price_sensitivity * log(price / typical price)

with biases, tastes and styles as in matrix factorisation (Koren, Bell & Volinsky 2009). The taste
of a visit is that of its user and, to a share ``session_share`` of the variance, its own; styles
are unit vectors, known to all.

*Orders.* ``log-odds of order given click = log-odds of base_order - 0.4 * phone + appeal / 2 +
treatment``. Better products cost more, so that prices look harmless; 20 % off by lot, each week
for a share ``offer_share`` of the products, show what they do.

*Labels.* Whether an order is going to be returned is decided first, with ``return_rate``, and
makes its features: 1 + Poisson(0.2) pieces if kept and 1 + Poisson(0.9) if returned; exponential
minutes from click to order, mean 20 and 8; express with probability 0.2 and 0.4. A return is known
after a delay, exponential and cut at the window; that an order was kept, when the window closes
(delayed feedback: Chapelle 2014).

*Events.* `Drift` moves the world (Moreno-Torres et al. 2012), `Treatment` is an experiment on
users, `Fault` spoils a logged column. They act on whole visits, by the day on which the visit
began.

*Common random numbers.* Every purpose has its own stream, and every row its own number in it: a
drift planted on day d leaves all that was before as it is, byte for byte, a treatment leaves the
control group, and worlds of one seed that differ in one event can be compared row by row.

*Stationary control.* With ``new_user_share``, ``new_product_share`` and ``offer_share`` zero and
nothing planted, visits are independent and identically distributed, but for the hour. The rows of
a page, of a visit and of a user depend on each other: a test that assumes independent rows may
take one row of a visit.

The tables
----------
Ids are int32 and count from 0 in the order of the rows. Times are datetime64[us, UTC], text is
``str``, prices and amounts are euros, and a missing number is NaN.

``users``: user_id; joined; device, "phone" or "desktop"; treated, bool, assigned to the treatment
(which acts from its own first day).

``products``: product_id; category; launched; list_price; rating, 1 to 5 stars, missing for
products launched in this world; popularity, int32, orders in the year before; style_0 … style_7,
a unit vector.

``sessions``, visits in order of time: session_id; user_id; time.

``searches``, in the order of visits: search_id; session_id; user_id; time; query, a category;
explored, bool, all orders of products were equally likely.

``impressions``, a row for each product shown: impression_id; search_id; session_id; user_id;
product_id; position, int32, from 1; time; price; affinity, the company's estimate of ``taste @
style``, 0 for users who joined in this world; propensity, P(this product here | the products above
it), so that at position 1 it is P(product | search), and its product over the page is P(page |
search); clicked, bool.

``clicks``, in the order of impressions: impression_id; session_id; user_id; product_id; time, on
average 20 seconds after the page; received, by the log: 1 second later on average for nine clicks
of ten, 2 minutes for the tenth (exponential).

``orders``, likewise: order_id; impression_id; user_id; product_id; time; minutes, from click to
order; quantity, int32; express, bool; amount, the price paid times quantity.

``labels``, for orders whose label is known at ``end``: order_id; event_time, of the order;
known_time; returned, bool. What was known at some moment are the rows with an earlier known_time;
an order without label is *pending*, not kept.

References
----------
Chapelle (2014), *Modeling delayed feedback in display advertising*. Craswell, Zoeter, Taylor &
Ramsey (2008), *An experimental comparison of click position-bias models*. Joachims, Swaminathan &
Schnabel (2017), *Unbiased learning-to-rank with biased feedback*. Koren, Bell & Volinsky (2009),
*Matrix factorization techniques for recommender systems*. Luce (1959), *Individual choice
behavior*. Moreno-Torres et al. (2012), *A unifying view on dataset shift in classification*.
Plackett (1975), *The analysis of permutations*. Richardson, Dominowska & Ragno (2007),
*Predicting clicks: estimating the click-through rate for new ads*.
"""

from mlsdlib.worlds._churn import Churn, draw_churn
from mlsdlib.worlds._config import ShopSmartConfig
from mlsdlib.worlds._events import Drift, Fault, Treatment
from mlsdlib.worlds._shopsmart import ShopSmart

__all__ = ["Churn", "Drift", "Fault", "ShopSmart", "ShopSmartConfig", "Treatment", "draw_churn"]
