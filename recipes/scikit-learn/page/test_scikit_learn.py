"""Do models fitted to the bundled data give the results of other platforms?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.programs import Evaluate


def test_classifiers_read_digits(evaluate: Evaluate) -> None:
    def program() -> Any:
        from sklearn.datasets import load_digits
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import train_test_split
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVC

        digits = load_digits()
        train, test, train_target, test_target = train_test_split(
            digits.data, digits.target, test_size=0.5, shuffle=False
        )
        models = {
            "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
            "forest": RandomForestClassifier(n_estimators=30, random_state=0),
            "svc": SVC(gamma=0.001),
        }
        return {
            name: float(model.fit(train, train_target).score(test, test_target))
            for name, model in models.items()
        }

    outcome = evaluate(program)
    # From scikit-learn 1.9.1 on x86-64. One of the 899 digits is 0.0011.
    assert outcome["logistic"] == pytest.approx(0.9388209121245829, abs=0.003)
    assert outcome["forest"] == pytest.approx(0.9299221357063404, abs=0.003)
    assert outcome["svc"] == pytest.approx(0.9688542825361512, abs=0.003)


def test_iris_has_two_main_directions_and_three_clusters(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        from sklearn.cluster import KMeans
        from sklearn.datasets import load_iris
        from sklearn.decomposition import PCA
        from sklearn.metrics import adjusted_rand_score

        iris = load_iris()
        pca = PCA(2).fit(iris.data)
        clusters = KMeans(3, n_init=10, random_state=0).fit(iris.data)
        return {
            "explained": pca.explained_variance_ratio_.tolist(),
            "first": np.abs(pca.components_[0]).tolist(),
            "inertia": float(clusters.inertia_),
            "agreement": float(adjusted_rand_score(iris.target, clusters.labels_)),
        }

    outcome = evaluate(program)
    assert outcome["explained"] == pytest.approx([0.9246187232017341, 0.05306648311706383])
    assert outcome["first"] == pytest.approx([0.361387, 0.084523, 0.856671, 0.358289], abs=1e-6)
    assert outcome["inertia"] == pytest.approx(78.851441426146)
    assert outcome["agreement"] == pytest.approx(0.7302382722834697)


def test_cross_validation_runs_one_fold_after_the_other(evaluate: Evaluate) -> None:
    def program() -> Any:
        from sklearn.datasets import load_iris
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import cross_val_score

        iris = load_iris()
        model = LogisticRegression(max_iter=1000)
        return cross_val_score(model, iris.data, iris.target, cv=5, n_jobs=2).tolist()

    outcome = evaluate(program)
    assert outcome == pytest.approx([29 / 30, 1.0, 28 / 30, 29 / 30, 1.0])
