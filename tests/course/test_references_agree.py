"""A method written by hand in an exercise gives what the library's own function gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from mlsdlib import (
    augmentation,
    edge,
    features,
    formats,
    graphs,
    imbalance,
    labelling,
    relational,
    sampling,
)
from mlsdlib.course.claim import decide
from mlsdlib.course.exercises import find_exercise
from mlsdlib.estimate import Estimate, paired_t


def verdict(low, high, above):
    return decide(Estimate((low + high) / 2, low, high), above=above)


def paired_interval(a, b):
    estimate = paired_t(a, b)
    return [estimate.value, estimate.low, estimate.high]


def bytes_read(row_groups, columns, groups=None):
    known = [name for name in columns if any(p.startswith(name) for g in row_groups for p in g)]
    return formats.bytes_read(row_groups, known, groups=groups)


def min_dtype(values):
    return formats.min_dtype(values).name


def find_anomalies(rows, lhs, rhs):
    table = pd.DataFrame(rows, columns=[lhs, rhs])
    return sorted(relational.find_anomalies(table, lhs, rhs)[lhs].unique())


def swap(words, synonyms, p, rng):
    lexicon = {word: [synonym] for word, synonym in synonyms.items()}
    text = augmentation.swap_synonyms(" ".join(words), lexicon, p, rng=rng)
    return text.split()


def fgsm(weights, biases, x, y, eps):
    import torch

    w, b = torch.tensor(weights, dtype=torch.float64), torch.tensor(biases, dtype=torch.float64)
    pixels = torch.tensor([x], dtype=torch.float64)
    return augmentation.fgsm(lambda x: x @ w.T + b, pixels, torch.tensor([y]), eps)[0].tolist()


def mlm_mask(ids, mask_id, vocab_size, special_ids, rng):
    return augmentation.mlm_mask(
        np.array(ids, int), mask_id=mask_id, vocab_size=vocab_size, special_ids=special_ids, rng=rng
    )


def count_vectors(train, new):
    from sklearn.feature_extraction.text import CountVectorizer

    words = CountVectorizer(analyzer=lambda tokens: tokens)
    if not any(train):  # scikit-learn refuses an empty vocabulary
        return [], [[] for _ in new]
    words.fit(train)
    counted = words.transform(new).toarray().tolist() if new else []
    return words.get_feature_names_out().tolist(), counted


def asof_count(events, t):
    known = [event for event in events if event is not None]
    asked = [moment for moment in t if moment is not None]
    counts = iter(features.asof_count(known, asked).tolist())
    return [None if moment is None else next(counts) for moment in t]


def neyman(sizes, sds, n):
    return sampling.neyman_allocation(sizes, sds, n).tolist()


class Starting(np.random.Generator):
    """A generator whose next random number is known."""

    def __init__(self, start):
        super().__init__(np.random.PCG64(0))
        self.start = start

    def random(self):
        return self.start


def systematic_pps(weights, k, start):
    return sampling.systematic_pps(weights, k, rng=Starting(start)).tolist()


def reservoir(stream, k, rng):
    if k == 0:
        return []
    sampler = sampling.ReservoirSampler(k, rng=rng)
    for item in stream:
        sampler.update(item)
    return sampler.get()


def snis(x, logp, logq):
    if max(logp) == -np.inf:  # the library refuses
        return float("nan"), 0.0
    weights = sampling.importance_weights(logp, logq)
    return float(weights @ np.array(x)), sampling.effective_sample_size(weights)


class Drawn(np.random.Generator):
    """A generator that draws what it was given."""

    def __init__(self, draws):
        super().__init__(np.random.PCG64(0))
        self.draws = np.array(draws, float)

    def random(self, size):
        assert size == len(self.draws)
        return self.draws


def flip(labels, transition, draws):
    return labelling.flip_labels(labels, transition, rng=Drawn(draws)).tolist()


def cohen_kappa(a, b):
    pairs = [pair for pair in zip(a, b, strict=True) if None not in pair]
    if not pairs or len({label for pair in pairs for label in pair}) == 1:
        return None
    return float(cohen_kappa_score(*zip(*pairs, strict=True)))


def labels_asof(predictions, events, window, now):
    joiner = labelling.FeedbackJoiner(window)
    for id, time in events:
        joiner.event(id, time)
    for id, time in predictions.items():
        joiner.predict(id, time)
    return joiner.resolve(now)


def label_model(votes, rounds):
    options = {"errors": "equal", "max_iter": rounds, "tol": 0} if rounds else {"method": "vote"}
    return labelling.LabelModel(**options).fit(votes).predict_proba(votes)[:, 1].tolist()


def transfer_gain(pretrained, scratch):
    runs = [run for run in pretrained if run in scratch]
    if len(runs) < 2:
        return None
    return paired_interval([pretrained[run] for run in runs], [scratch[run] for run in runs])


def margin_query(proba, k):
    known = [i for i, row in enumerate(proba) if not np.isnan(row).any()]
    if not known:
        return []
    chosen = labelling.margin_query([proba[i] for i in known], min(k, len(known)))
    return [known[i] for i in chosen]


def best_threshold(y, p, c_fp, c_fn):
    found = imbalance.best_threshold(y, p, c_fp=c_fp, c_fn=c_fn)
    return None if np.isinf(found) else found


def precision_at(tpr, fpr, prevalence):
    found = imbalance.precision_at(tpr, fpr, prevalence)
    return None if np.isnan(found) else found


def unbias(p_s, beta):
    """Correct the prior: any true one will do, if a share beta of its negatives is kept."""
    train = 0.3 / (0.3 + beta * 0.7)
    return imbalance.prior_correction(np.array(p_s, float), train, 0.3).tolist()


def focal(p, y, gamma, alpha=None):
    import torch

    logits = torch.logit(torch.tensor(p, dtype=torch.float64))
    labels = torch.tensor(y, dtype=torch.float64)
    losses = imbalance.focal_loss(
        logits.clamp(-1e300, 1e300), labels, gamma=gamma, alpha=alpha, reduction="none"
    )
    return [float("inf") if loss > 1e200 else loss for loss in losses.tolist()]


def cross_hash(a, b, n_bins):
    if a is None or b is None:
        return 0
    return 1 + int(features.hash_index(features.cross([a], [b]), n_bins - 1)[0])


def place(model, device, net):
    found = edge.place(
        model["ms"],
        slowdown=device["slowdown"],
        rtt_ms=net.get("rtt_ms", 0),
        memory_mb=model["mb"],
        free_mb=device["free_mb"],
        online=net["online"],
    )
    where = found.where.item()
    return None if where == "none" else where


def recover(grad_weight, grad_bias):
    """Use the output that tells most, as the exercise asks."""
    k = int(np.argmax(np.abs(grad_bias)))
    told = edge.recover_each(grad_weight[k : k + 1], grad_bias[k : k + 1])
    return told[0].tolist() if len(told) else None


LIBRARY = {
    "0-e1": verdict,
    "0-e2": paired_interval,
    "3.2-e1": bytes_read,
    "3.2-e2": formats.record_offsets,
    "3.2-e3": min_dtype,
    "3.2-e4": find_anomalies,
    "3.2-e6": graphs.k_hop,
    "4.1-e2": neyman,
    "4.1-e3": systematic_pps,
    "4.1-e4": reservoir,
    "4.1-e5": snis,
    "4.2-e1": flip,
    "4.2-e2": cohen_kappa,
    "4.2-e4": labels_asof,
    "4.2-e5": label_model,
    "4.2-e7": transfer_gain,
    "4.2-e8": margin_query,
    "4.3-e2": best_threshold,
    "4.3-e3": precision_at,
    "4.3-e4": unbias,
    "4.3-e6": focal,
    "4.4-e2": swap,
    "4.4-e3": fgsm,
    "4.4-e4": mlm_mask,
    "5.1-e3": count_vectors,
    "5.1-e4": asof_count,
    "5.2-e3": cross_hash,
    "5.2-e4": features.expected_collisions,
    "7.3-e1": place,
    "7.3-e2": recover,
}


@pytest.mark.parametrize("id", LIBRARY)
def test_the_librarys_function_gives_the_same_as_the_exercises(id):
    exercise = find_exercise(id)
    for case in exercise.cases(np.random.default_rng(1)):
        assert exercise.judge(case, exercise.call(LIBRARY[id], case)) is None, case
