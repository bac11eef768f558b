"""What people answered: annotators' labels, ratings, clicks, headline tests and post-mortems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlsdlib.datasets._files import MOVIELENS, check_choice, read

if TYPE_CHECKING:
    import pandas as pd

CROWDS = (
    "bluebirds",
    "music_genre",
    "sentiment_polarity",
    "sentiment_polarity_amt_timed",
    "weather_sentiment_amt_timed",
    "weather_sentiment_cf",
    "multipico_en_irony",
)
CAMPAIGNS = ("all", "men", "women")
MOVIELENS_TABLES = ("ratings", "movies", "tags", "links")


def load_crowd(name: str, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return labels that several annotators gave to the same tasks, one row per label.

    ================================  ==========  =====  =======  =======  ==================
    name                              shape       tasks  workers  classes  licence
    ================================  ==========  =====  =======  =======  ==================
    ``bluebirds``                     4,212 x 4     108       39        2  BSD-3-Clause-Clear
    ``music_genre``                   2,945 x 4     700       44       10  Apache-2.0
    ``sentiment_polarity``            27,746 x 4  4,999      203        2  Apache-2.0
    ``sentiment_polarity_amt_timed``  10,000 x 5    500      143        2  Apache-2.0
    ``weather_sentiment_amt_timed``   6,030 x 5     300      110        5  Apache-2.0
    ``weather_sentiment_cf``          1,720 x 4     300      461        5  Apache-2.0
    ``multipico_en_irony``            5,073 x 11  1,079       74        2  CC BY 4.0
    ================================  ==========  =====  =======  =======  ==================

    Columns are ``worker``, ``task``, ``label``, ``gold`` and, in the timed sets, ``seconds`` on the
    task. MultiPICo has the texts, ``annotator`` with age, gender and country, and ``ironic``; there
    is no gold, since people may rightly disagree on irony.

    Sources: Welinder et al. 2010 (bluebirds); Rodrigues et al. 2013 and Venanzi et al. (music,
    sentiment, weather); Casola et al. 2024 (MultiPICo).

    Parameters
    ----------
    name : str
        One of the names above.
    columns : sequence of str, optional
        As in `load_flights`.

    Raises
    ------
    ValueError
        If there is no such set; for the rest as `load_flights`.

    Examples
    --------
    >>> labels = load_crowd("bluebirds")
    >>> float((labels["label"] == labels["gold"]).mean().round(3))
    0.636
    """
    check_choice("name", name, CROWDS)
    return read(f"crowd/{name}.parquet", columns)


def load_movielens(table: str = "ratings", *, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a table of MovieLens: ratings by default (100,836 x 4).

    The others are ``movies`` (9,742 x 3), ``tags`` (3,683 x 4) and ``links`` (9,742 x 3), the ids
    in other catalogues. 610 users, 1996 to 2018; ``timestamp`` is seconds since 1970 UTC and tells
    when the rating was entered, not when the film was seen.

    Licence: GroupLens terms, ``path("movielens_latest_small/README.txt")``. They forbid commercial
    use without permission; therefore the wheel does not carry this set. Source: Harper & Konstan
    2015, MovieLens latest small.

    Parameters
    ----------
    table : {"ratings", "movies", "tags", "links"}
        Which table.
    columns : sequence of str, optional
        As in `load_flights`.

    Raises
    ------
    ValueError
        If there is no such table; for the rest as `load_flights`.
    FileNotFoundError
        In an installed package, with directions to the repository.

    Examples
    --------
    >>> ratings = load_movielens("ratings")
    >>> ratings["userId"].nunique(), float(ratings["rating"].min())
    (610, 0.5)
    """
    check_choice("table", table, MOVIELENS_TABLES)
    return read(f"{MOVIELENS}/{table}.parquet", columns)


def load_open_bandit(campaign: str, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return recommendations of a fashion shop with propensity and click, one row per item shown.

    Campaigns ``all`` (20,000 x 90), ``men`` (20,000 x 44) and ``women`` (20,000 x 56), 24 to 30 Nov
    2019, half from each ``policy``, ``random`` and ``bts`` (Bernoulli Thompson sampling).
    ``propensity_score`` is the probability with which the policy chose this item for this
    position; there is one affinity column per item. Under 0.7 % of the rows are clicks, so
    intervals are wide.

    Licence: Apache-2.0. Source: Open Bandit, Saito, Aihara, Matsutani & Narita 2021, PyPI `obp`.

    Parameters
    ----------
    campaign : {"all", "men", "women"}
        Which campaign.
    columns : sequence of str, optional
        As in `load_flights`.

    Raises
    ------
    ValueError
        If there is no such campaign; for the rest as `load_flights`.

    Examples
    --------
    >>> log = load_open_bandit("men", columns=["policy", "click"])
    >>> log.groupby("policy")["click"].sum().to_dict()
    {'bts': 69, 'random': 46}
    """
    check_choice("campaign", campaign, CAMPAIGNS)
    return read(f"open_bandit_small/{campaign}.parquet", columns)


def load_open_bandit_items(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the items of the three Open Bandit campaigns, keyed by campaign and id (160 x 6).

    Licence: Apache-2.0. Source: as `load_open_bandit`.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> load_open_bandit_items().groupby("campaign").size().to_dict()
    {'all': 80, 'men': 34, 'women': 46}
    """
    return read("open_bandit_small/item_context.parquet", columns)


def load_upworthy(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the arms of 4,873 headline tests of Upworthy, 2013 to 2015 (22,666 x 11).

    A test is a ``clickability_test_id``; ``impressions`` and ``clicks`` are counts per arm;
    ``test_week`` is year and week. From 25 June 2013 to 10 January 2014 a cache broke the random
    assignment, as the archive states.

    Licence: CC BY 4.0. Source: Matias, Munger, Aubin Le Quere & Ebersole 2021,
    doi:10.1038/s41597-021-00934-7, exploratory packages.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> arms = load_upworthy(columns=["clickability_test_id", "clicks", "impressions"])
    >>> arms["clickability_test_id"].nunique()
    4873
    >>> f"{arms['clicks'].sum() / arms['impressions'].sum():.4f}"
    '0.0152'
    """
    return read("upworthy_exploratory.parquet", columns)


def load_incidents(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return failures of machine learning systems in words, labelled by two raters (40 x 3).

    ``incident`` tells what happened. ``first_rater`` and ``second_rater`` name its causes, joined
    by ``+``: the first asks what changed first, the second what reached the model. A missing label
    means that the cause is not known. Texts and labels were invented for an exercise: they are no
    evidence of how often what fails.

    Licence: MIT. Source: written for section 8.1 of this course.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> load_incidents()["first_rater"].value_counts().head(2).to_dict()
    {'deployment': 6, 'dependency': 4}
    """
    return read("incidents.csv", columns)
