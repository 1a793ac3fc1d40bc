"""Does Matplotlib know each color map and its reverse by name?"""

import cmyt
import matplotlib as mpl
import numpy as np
from cmyt._utils import create_cmap_overview

for name in cmyt.cm.__all__:
    cmap = mpl.colormaps[f"cmyt.{name}"]
    assert cmap.N == 256, name
    assert np.allclose(cmap.reversed()(0.25), cmap(0.75), atol=0.02), name

# As on x86-64.
xray = mpl.colormaps["cmyt.xray"]([0.25, 0.5, 0.75])[:, :3]
assert np.allclose(xray, [[0, 0, 0.6557], [0.6876, 0, 1], [1, 0.6207, 1]], atol=1e-4), xray

create_cmap_overview(filename="overview.png")
assert mpl.image.imread("overview.png").std() > 0.1
