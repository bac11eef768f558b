"""Real data sets as plain data frames, read from files that came with the course.

Every set has a loader, and nothing is ever downloaded::

    from mlsdlib import datasets

    flights = datasets.load_flights(columns=["origin", "arr_delay"])
    ratings = datasets.load_movielens("ratings")
    images, labels = datasets.load_mnist()

`path` gives the file itself, for DuckDB, pyarrow or a program of your own. It looks in the folder
that the environment variable ``MLSD_DATA`` names, then in ``datasets/`` of the checkout, then in
the installed package. `verify` computes every checksum again. Sources, licences and changes are
in ``README.md`` beside the files, `path("README.md")`.

Values are those of the source, row by row and in its order. The types are those that
`pandas.read_parquet` gives:

- text is pandas' ``str`` type and a missing text is NaN; nothing is categorical;
- whole numbers are as narrow as the file stores them, often int8 or int16, and *wrap around* when
  a product or a sum of columns outgrows the type: widen them first, ``frame.astype("int64")``;
- whole numbers with gaps are float64, a gap is NaN;
- times are datetime64 without a zone, except ``time_hour`` of the flights and ``timestamp`` of the
  bandit logs, which are in UTC.

Each loader takes ``columns``, the names of the columns to read: fewer columns cost less time and
memory. A wrong name is a ValueError that lists the right ones.
"""

from mlsdlib.datasets._business import (
    load_acs_employment,
    load_bank_marketing,
    load_hotel_bookings,
    load_lending_club,
    load_online_retail,
)
from mlsdlib.datasets._feedback import (
    load_crowd,
    load_incidents,
    load_movielens,
    load_open_bandit,
    load_open_bandit_items,
    load_upworthy,
)
from mlsdlib.datasets._files import path, verify
from mlsdlib.datasets._images import load_fashion_mnist, load_mnist
from mlsdlib.datasets._text import (
    load_access_log,
    load_clickbait,
    load_glove,
    load_sms_spam,
    load_wordnet,
    load_youtube_spam,
)
from mlsdlib.datasets._travel import (
    load_airlines,
    load_airports,
    load_bike_sharing,
    load_bikeshare_stations,
    load_bikeshare_trips,
    load_bikeshare_weather,
    load_flights,
    load_fremont_bridge,
    load_planes,
    load_taxi,
    load_weather,
)

__all__ = [
    "load_access_log",
    "load_acs_employment",
    "load_airlines",
    "load_airports",
    "load_bank_marketing",
    "load_bike_sharing",
    "load_bikeshare_stations",
    "load_bikeshare_trips",
    "load_bikeshare_weather",
    "load_clickbait",
    "load_crowd",
    "load_fashion_mnist",
    "load_flights",
    "load_fremont_bridge",
    "load_glove",
    "load_hotel_bookings",
    "load_incidents",
    "load_lending_club",
    "load_mnist",
    "load_movielens",
    "load_online_retail",
    "load_open_bandit",
    "load_open_bandit_items",
    "load_planes",
    "load_sms_spam",
    "load_taxi",
    "load_upworthy",
    "load_weather",
    "load_wordnet",
    "load_youtube_spam",
    "path",
    "verify",
]
