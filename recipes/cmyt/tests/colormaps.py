"""Does Matplotlib know each color map and its reverse by name?"""

import cmyt
import matplotlib as mpl
import numpy as np
from cmyt._utils import create_cmap_overview

for name in cmyt.cm.__all__:
    cmap = mpl.colormaps[f"cmyt.{name}"]
    assert cmap.N == 256, name
    assert np.allclose(cmap.reversed()(0.25), cmap(0.75), atol=0.02), name

gray = mpl.colormaps["cmyt.xray"](np.linspace(0, 1, 5))
assert np.allclose(gray[:, 0], np.linspace(1, 0, 5), atol=0.01), gray

create_cmap_overview(filename="overview.png")
assert mpl.image.imread("overview.png").std() > 0.1
