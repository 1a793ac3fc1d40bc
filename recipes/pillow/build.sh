#!/bin/bash
# Builds with JPEG, PNG and fonts.
set -euo pipefail

"${PYTHON}" -m pip install . -vv --no-deps --no-build-isolation \
    -C platform-guessing=disable -C zlib=enable -C jpeg=enable -C freetype=enable \
    -C tiff=disable -C raqm=disable -C lcms=disable -C webp=disable -C jpeg2000=disable \
    -C imagequant=disable -C xcb=disable -C avif=disable

# The tests are packed, but for their large images and fonts.
find Tests/images Tests/fonts -size +60k ! -name FreeMono.ttf ! -name radial_gradients.png -delete
