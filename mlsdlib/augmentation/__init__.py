"""New training data from old: changed pictures, attacks, other words, templates, mixtures.

Pictures are numpy batches of shape (n, height, width) or (n, height, width, channels); a function
returns a new batch and leaves the old one as it was. What draws takes the keyword ``rng``::

    from mlsdlib import augmentation

    augmentation.crop(images, 28, pad=2, rng=rng)  # the usual random shift
    augmentation.mixup(x, one_hot, 0.2, rng=rng)
    augmentation.fgsm(model, x, y, 0.1)  # torch: the worst small change, by the gradient
    augmentation.swap_synonyms("I'm so happy to see you", {"happy": ["glad"]}, 1.0, rng=rng)
    augmentation.fill_template("a {cuisine} place in {city}", cuisine=["Thai"], city=["Oslo"])

Whether a change keeps the label is a question about the data: a mirrored cat is a cat, a mirrored
2 is no 2. No function here can answer it.
"""

from mlsdlib.augmentation._attacks import OnePixel, fgsm, one_pixel, pgd
from mlsdlib.augmentation._images import add_noise, crop, erase, flip, invert, rotate, shift
from mlsdlib.augmentation._masking import mlm_mask, wordpiece
from mlsdlib.augmentation._mixing import mixup
from mlsdlib.augmentation._templates import Fills, fill_template
from mlsdlib.augmentation._words import nearest_words, swap_synonyms, wordnet_lexicon

__all__ = [
    "Fills",
    "OnePixel",
    "add_noise",
    "crop",
    "erase",
    "fgsm",
    "fill_template",
    "flip",
    "invert",
    "mixup",
    "mlm_mask",
    "nearest_words",
    "one_pixel",
    "pgd",
    "rotate",
    "shift",
    "swap_synonyms",
    "wordnet_lexicon",
    "wordpiece",
]
