"""Are the bundled images filtered, segmented and measured as on other platforms?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.programs import Evaluate


def test_coins_are_found_and_measured(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        from skimage import data, filters, measure, morphology, segmentation

        coins = data.coins()
        threshold = filters.threshold_otsu(coins)
        closed = morphology.closing(coins > threshold, np.ones((3, 3)))
        alone = segmentation.clear_border(morphology.remove_small_objects(closed, max_size=400))
        regions = measure.regionprops(measure.label(alone), intensity_image=coins)
        biggest = max(regions, key=lambda region: region.area)
        return {
            "threshold": int(threshold),
            "edges": float(filters.sobel(coins).mean()),
            "coins": len(regions),
            "area": float(biggest.area),
            "centroid": [float(x) for x in biggest.centroid],
            "eccentricity": float(biggest.eccentricity),
            "intensity": float(biggest.intensity_mean),
        }

    outcome = evaluate(program)
    # As scikit-image 0.26.0 computes them on x86-64.
    assert outcome["threshold"] == 107
    assert outcome["edges"] == pytest.approx(0.04919305789758133)
    assert outcome["coins"] == 22
    assert outcome["area"] == 3118
    assert outcome["centroid"] == pytest.approx([186.44515715202053, 347.0917254650417])
    assert outcome["eccentricity"] == pytest.approx(0.2831922767404441)
    assert outcome["intensity"] == pytest.approx(150.1590763309814)


def test_images_are_resized_and_rotated(evaluate: Evaluate) -> None:
    def program() -> Any:
        from skimage import data, transform

        small = transform.resize(data.coins(), (76, 96), anti_aliasing=True)
        turned = transform.rotate(small, 30)
        return [small.shape, float(small.mean()), float(small.std()), float(turned.mean())]

    outcome = evaluate(program)
    assert outcome[0] == [76, 96]
    assert outcome[1:] == pytest.approx(
        [0.3798717240169534, 0.18952554434714064, 0.31629840241494794]
    )


def test_blobs_and_descriptors_are_those_of_pythran(evaluate: Evaluate) -> None:
    def program() -> Any:
        from skimage import data, feature

        sky = data.hubble_deep_field()[:200, :200].mean(axis=2) / 255
        blobs = feature.blob_doh(sky, max_sigma=30, threshold=0.01)
        coins = data.coins()
        corners = feature.corner_peaks(feature.corner_harris(coins), min_distance=5)
        brief = feature.BRIEF(descriptor_size=64, rng=1)
        brief.extract(coins, corners)
        return [blobs.tolist(), len(corners), int(brief.descriptors.sum())]

    outcome = evaluate(program)
    assert len(outcome[0]) == 4
    assert outcome[0][0] == pytest.approx([160, 181, 4.222222222222222])
    assert outcome[1:] == [477, 12394]
