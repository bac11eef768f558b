"""Low-rank factorisation: one matrix as the product of two thin ones."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING

from mlsdlib.checks import whole

if TYPE_CHECKING:
    from torch.nn import Conv2d, Linear, Sequential


def low_rank(linear: Linear, rank: int) -> Sequential:
    """Return two layers whose product is the closest matrix of a rank to that of a layer.

    Parameters
    ----------
    linear : torch.nn.Linear
        With m outputs and n inputs: ``m * n`` weights.
    rank : int
        From 1 to min(m, n). The two layers have ``rank * (m + n)`` weights: fewer only below
        ``m * n / (m + n)``, see `rank_budget`.

    Returns
    -------
    torch.nn.Sequential
        The first layer has no bias, the second has that of `linear`. The error of the product, in
        the Frobenius norm, is the root of the sum of the squares of the singular values that were
        left out, and none is smaller (Eckart & Young 1936).

    Raises
    ------
    TypeError, ValueError
        If `linear` is no linear layer, or the rank is out of range.

    Examples
    --------
    >>> import torch
    >>> thin = low_rank(torch.nn.Linear(100, 80), 5)
    >>> [tuple(layer.weight.shape) for layer in thin]
    [(5, 100), (80, 5)]
    """
    import torch

    if not isinstance(linear, torch.nn.Linear):
        raise TypeError(f"linear must be a torch.nn.Linear, got {type(linear).__name__}")
    m, n = linear.weight.shape
    rank = whole("rank", rank, 1, min(m, n))
    weight = linear.weight.detach()
    left, size, right = torch.linalg.svd(weight.double(), full_matrices=False)
    half = size[:rank].sqrt()
    first = torch.nn.Linear(n, rank, bias=False, dtype=weight.dtype)
    second = torch.nn.Linear(rank, m, bias=linear.bias is not None, dtype=weight.dtype)
    with torch.no_grad():
        first.weight.copy_(half[:, None] * right[:rank])
        second.weight.copy_(left[:, :rank] * half)
        if linear.bias is not None:
            second.bias.copy_(linear.bias)
    return torch.nn.Sequential(first, second)


def depthwise_separable(conv: Conv2d) -> Sequential:
    """Return the depthwise separable layer for the same channels: another layer, not trained.

    The first convolution has a filter for each channel, so it mixes neighbours; the second, of
    1 x 1, mixes the channels. For c channels and k x k filters that is ``c * k**2 + c**2`` weights
    in place of ``c**2 * k**2``. Howard et al. (2017), *MobileNets*.

    Parameters
    ----------
    conv : torch.nn.Conv2d
        Without groups.

    Raises
    ------
    TypeError, ValueError
        If `conv` is no such layer.

    Examples
    --------
    >>> import torch
    >>> layer = depthwise_separable(torch.nn.Conv2d(16, 32, 3, padding=1))
    >>> [tuple(part.weight.shape) for part in layer]
    [(16, 1, 3, 3), (32, 16, 1, 1)]
    """
    import torch

    if not isinstance(conv, torch.nn.Conv2d):
        raise TypeError(f"conv must be a torch.nn.Conv2d, got {type(conv).__name__}")
    if conv.groups != 1:
        raise ValueError(f"conv must have one group, got {conv.groups}")
    names = ("kernel_size", "stride", "padding", "dilation", "padding_mode")
    options = {name: getattr(conv, name) for name in names}
    depthwise = torch.nn.Conv2d(
        conv.in_channels, conv.in_channels, groups=conv.in_channels, bias=False, **options
    )
    pointwise = torch.nn.Conv2d(conv.in_channels, conv.out_channels, 1, bias=conv.bias is not None)
    return torch.nn.Sequential(depthwise, pointwise)


def rank_budget(m: int, n: int, ratio: float) -> int:
    """Return the largest rank that makes a matrix of m times n at least `ratio` times smaller.

    Parameters
    ----------
    m, n : int
    ratio : float
        Above 0: how many times fewer weights the two factors must have. With 1, the largest rank
        that pays at all.

    Returns
    -------
    int
        From 1, even if that is too many weights, to min(m, n).

    Raises
    ------
    TypeError, ValueError
        If a size is less than 1, or the ratio not above 0.

    Examples
    --------
    >>> rank_budget(1_000, 1_000, 1), rank_budget(1_000, 1_000, 10), rank_budget(10, 10, 100)
    (500, 50, 1)
    """
    m, n = whole("m", m, 1), whole("n", n, 1)
    if isinstance(ratio, bool) or not isinstance(ratio, Real):
        raise TypeError(f"ratio must be a number, got {type(ratio).__name__}")
    if not 0 < ratio < float("inf"):
        raise ValueError(f"ratio must be above 0 and finite, got {ratio!r}")
    return max(1, min(m, n, int(m * n / (ratio * (m + n)))))
