"""Changes of pictures: where the ink is, how it is turned, and how grey."""

from __future__ import annotations

import numpy as np

from mlsdlib.augmentation._inputs import bounds_of, count_of, images_of, strength_of, within


def shift(images: np.ndarray, down: int, right: int, *, fill: float = 0) -> np.ndarray:
    """Return the pictures moved by whole pixels; what moves in from outside is `fill`.

    Parameters
    ----------
    images : array of shape (n, height, width) or (n, height, width, channels)
    down, right : int, or array of shape (n,)
        How far each picture moves; negative moves it up or left.
    fill : float
        Value of the pixels that come in.

    Raises
    ------
    TypeError, ValueError
        If the shape is another, or a distance is not a whole number.

    Examples
    --------
    >>> shift(np.array([[[1, 2], [3, 4]]]), 1, 0).tolist()
    [[[0, 0], [1, 2]]]
    """
    images = images_of(images)
    n, height, width = images.shape[:3]
    rows = np.arange(height) - _distances("down", down, n)[:, None]
    columns = np.arange(width) - _distances("right", right, n)[:, None]
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[
        :, None, :
    ]
    rows, columns = rows.clip(0, height - 1), columns.clip(0, width - 1)
    moved = images[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    moved[~inside] = fill
    return moved


def crop(
    images: np.ndarray,
    size: int,
    *,
    pad: int = 0,
    fill: float = 0,
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Return a square of each picture, cut out at a place of its own.

    With ``pad`` and the size of the picture this is the usual random shift.

    Parameters
    ----------
    images : array of shape (n, height, width) or (n, height, width, channels)
    size : int
        Height and width of the squares, at most those of the padded picture.
    pad : int
        Width of the frame that is laid around each picture first.
    fill : float
        Value of the frame.
    rng : numpy Generator, int or None
        Draws the places; every place that fits is as likely as any other.

    Raises
    ------
    TypeError, ValueError
        If a square does not fit, or as `shift`.

    Examples
    --------
    >>> crop(np.arange(18).reshape(2, 3, 3), 2, rng=0).tolist()
    [[[4, 5], [7, 8]], [[12, 13], [15, 16]]]
    """
    images, size, pad = images_of(images), count_of("size", size), count_of("pad", pad, at_least=0)
    frame = [(0, 0), (pad, pad), (pad, pad)] + [(0, 0)] * (images.ndim - 3)
    images = np.pad(images, frame, constant_values=fill)
    n, height, width = images.shape[:3]
    if size > min(height, width):
        raise ValueError(
            f"size must be at most {min(height, width)}, the shorter side with its frame; "
            f"got {size}"
        )
    rng = np.random.default_rng(rng)
    rows = rng.integers(height - size + 1, size=n)[:, None] + np.arange(size)
    columns = rng.integers(width - size + 1, size=n)[:, None] + np.arange(size)
    return images[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]


def flip(images: np.ndarray, axis: str = "horizontal") -> np.ndarray:
    """Return the pictures mirrored: left for right, or with ``axis="vertical"`` top for bottom.

    Parameters
    ----------
    images : array of shape (n, height, width) or (n, height, width, channels)
    axis : {"horizontal", "vertical"}

    Raises
    ------
    TypeError, ValueError
        If `axis` is another, or as `shift`.

    Examples
    --------
    >>> flip(np.array([[[1, 2], [3, 4]]])).tolist()
    [[[2, 1], [4, 3]]]
    """
    axes = {"horizontal": 2, "vertical": 1}
    if axis not in axes:
        raise ValueError(f"axis must be horizontal or vertical, got {axis!r}")
    return np.flip(images_of(images), axes[axis]).copy()


def rotate(images: np.ndarray, degrees: float, *, fill: float = 0) -> np.ndarray:
    """Return the pictures turned counter-clockwise about their middle.

    Quarter turns move pixels and change none; they swap height and width. Other angles keep the
    size and interpolate linearly; what comes in from outside is `fill`.

    Parameters
    ----------
    images : array of shape (n, height, width) or (n, height, width, channels)
    degrees : float
    fill : float

    Raises
    ------
    TypeError, ValueError
        If `degrees` is not a finite number, or as `shift`.

    Examples
    --------
    >>> rotate(np.array([[[1, 2], [3, 4]]]), 90).tolist()
    [[[2, 4], [1, 3]]]
    """
    images = images_of(images)
    if not np.isfinite(degrees):
        raise ValueError(f"degrees must be a finite number, got {degrees}")
    quarters, rest = divmod(degrees, 90)
    if rest == 0:
        return np.rot90(images, int(quarters) % 4, axes=(1, 2)).copy()
    from scipy import ndimage

    return ndimage.rotate(
        images.astype(float), degrees, axes=(2, 1), reshape=False, order=1, cval=fill
    )


def invert(images: np.ndarray, *, bounds: tuple[float, float] = (0, 1)) -> np.ndarray:
    """Return the pictures as negatives: ink for paper.

    Parameters
    ----------
    images : array of shape (n, height, width) or (n, height, width, channels)
    bounds : pair of float
        Least and greatest value of a pixel, which change places.

    Raises
    ------
    TypeError, ValueError
        If the bounds are out of order, a pixel lies outside of them, or as `shift`.

    Examples
    --------
    >>> invert(np.array([[[0, 255, 55]]], np.uint8), bounds=(0, 255)).tolist()
    [[[255, 0, 200]]]
    """
    low, high = bounds_of(bounds)
    return high - within(images_of(images), bounds) + low


def erase(
    images: np.ndarray,
    size: int,
    *,
    fill: float = 0,
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Return the pictures, each with a square of it erased (DeVries & Taylor 2017, *Cutout*).

    Parameters
    ----------
    images : array of shape (n, height, width) or (n, height, width, channels)
    size : int
        Height and width of the square, which lies inside the picture.
    fill : float
        Value that the square gets.
    rng : numpy Generator, int or None
        Draws the places.

    Raises
    ------
    TypeError, ValueError
        If the square is larger than the picture, or as `shift`.

    Examples
    --------
    >>> erase(np.ones((1, 3, 3), int), 2, rng=0).tolist()
    [[[1, 1, 1], [1, 0, 0], [1, 0, 0]]]
    """
    images, size = images_of(images), count_of("size", size)
    n, height, width = images.shape[:3]
    if size > min(height, width):
        raise ValueError(f"size must be at most {min(height, width)}, got {size}")
    rng = np.random.default_rng(rng)
    rows = np.arange(height) - rng.integers(height - size + 1, size=n)[:, None]
    columns = np.arange(width) - rng.integers(width - size + 1, size=n)[:, None]
    gone = ((rows >= 0) & (rows < size))[:, :, None] & ((columns >= 0) & (columns < size))[:, None]
    erased = images.copy()
    erased[gone] = fill
    return erased


def add_noise(
    images: np.ndarray,
    eps: float,
    *,
    kind: str = "sign",
    bounds: tuple[float, float] = (0, 1),
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Return the pictures with random noise, kept within the bounds of a pixel.

    Parameters
    ----------
    images : array of shape (n, height, width) or (n, height, width, channels)
    eps : float
        How strong: with ``kind="sign"`` each pixel goes up or down by `eps`, which is as far as
        `fgsm` may go; with ``kind="normal"`` by a normal number of this standard deviation.
    kind : {"sign", "normal"}
    bounds : pair of float
        Least and greatest value of a pixel.
    rng : numpy Generator, int or None

    Raises
    ------
    TypeError, ValueError
        If `eps` is negative, `kind` is another, or as `invert`.

    Examples
    --------
    >>> add_noise(np.array([[[0.0, 0.5, 1.0]]]), 0.25, rng=0).tolist()
    [[[0.25, 0.75, 1.0]]]
    """
    eps, (low, high) = strength_of("eps", eps), bounds_of(bounds)
    images = within(images_of(images), bounds)
    rng = np.random.default_rng(rng)
    if kind == "sign":
        noise = rng.choice([-eps, eps], images.shape)
    elif kind == "normal":
        noise = rng.normal(0, eps, images.shape)
    else:
        raise ValueError(f"kind must be sign or normal, got {kind!r}")
    return np.clip(images + noise, low, high)


def _distances(name: str, distance: int | np.ndarray, n: int) -> np.ndarray:
    """Return how far each picture moves."""
    distances = np.asarray(distance)
    if distances.dtype.kind not in "iu":
        raise TypeError(f"{name} must be whole numbers of pixels, got {distance!r}")
    if distances.shape not in ((), (n,)):
        raise ValueError(
            f"{name} must be one number or one for each of {n} pictures, got shape "
            f"{distances.shape}"
        )
    return np.broadcast_to(distances, n)
