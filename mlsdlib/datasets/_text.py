"""Messages, headlines, words and a log: text to label, to augment and to parse."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlsdlib.datasets._files import path, read

if TYPE_CHECKING:
    import pandas as pd


def load_sms_spam(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return English text messages with the label ham or spam (5,574 x 2).

    13.4 % are spam, 7.2 % repeat another text: drop the repeats before a split.

    Licence: CC BY 4.0. Source: Almeida & Gomez Hidalgo 2011, UCI Machine Learning Repository.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> load_sms_spam(columns=["label"])["label"].value_counts().to_dict()
    {'ham': 4827, 'spam': 747}
    """
    return read("sms_spam.parquet", columns)


def load_youtube_spam(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return comments under five music videos, ``CLASS`` 1 for spam (1,956 x 5).

    ``DATE`` is missing for more than half of one video and never for another.

    Licence: CC BY 4.0. Source: Alberto, Lochter & Almeida 2015, UCI Machine Learning Repository.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> comments = load_youtube_spam(columns=["VIDEO", "DATE"])
    >>> comments[comments["DATE"].isna()]["VIDEO"].unique().tolist()
    ['Eminem']
    """
    return read("youtube_spam.parquet", columns)


def load_clickbait(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return English headlines, half of them clickbait (32,000 x 2).

    Licence: MIT. Source: Chakraborty, Paranjape, Kakarla & Ganguly 2016.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> load_clickbait().iloc[0].to_dict()
    {'headline': 'Should I Get Bings', 'clickbait': 1}
    """
    return read("clickbait_headlines.parquet", columns)


def load_glove(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return GloVe vectors of the 20,000 most frequent words, most frequent first (20,000 x 51).

    Column ``word`` and the 50 coordinates ``d00`` to ``d49``, float32.

    Licence: PDDL 1.0. Source: Pennington, Socher & Manning 2014, GloVe 6B, 50 dimensions.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> vectors = load_glove().set_index("word")
    >>> vectors.shape, vectors.index[:3].tolist()
    ((20000, 50), ['the', ',', '.'])
    """
    return read("glove_6b_50d_top20k.parquet", columns)


def load_wordnet(*, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return which English lemma is in which set of synonyms, a row per sense (207,272 x 5).

    A synset is ``(pos, synset_offset)``, its lemmas are synonyms; ``sense_number`` 1 is the usual
    sense of a lemma, ``tag_count`` its number in the tagged corpus.

    Licence: WordNet licence. Source: Princeton WordNet 3.1.

    Parameters
    ----------
    columns : sequence of str, optional
        As in `load_flights`.

    Examples
    --------
    >>> words = load_wordnet()
    >>> words.query("pos == 'n' and synset_offset == 13289169")["lemma"].tolist()
    ['prize', 'award']
    """
    return read("wordnet31_synsets.parquet", columns)


def load_access_log() -> list[str]:
    """Return the raw lines of a web server's access log, 17 to 20 May 2015 (10,000 lines).

    Apache's combined format, one line malformed. Clients are pseudonyms. All requests carry the
    minute 05, in the source too: of no use for latency or for the order within an hour.

    Licence: Apache-2.0. Source: semicomplete.com, GitHub `elastic/examples`.

    Raises
    ------
    FileNotFoundError
        As `path`.

    Examples
    --------
    >>> lines = load_access_log()
    >>> len(lines), lines[0][:35]
    (10000, '10.0.0.0 - - [17/May/2015:10:05:03 ')
    """
    file = path("apache_access_pseudonymised.log.gz")
    with gzip.open(file, "rt", encoding="utf-8", newline="\n") as lines:
        return [line.removesuffix("\n") for line in lines]
