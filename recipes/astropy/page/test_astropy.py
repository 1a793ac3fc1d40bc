"""Does astropy compute with FITS files, coordinates, units and time, in a browser and in Node?"""

from __future__ import annotations

import base64
import struct
from math import asin, atan2, cos, degrees, pi, radians, sin
from typing import Any

import pytest

from tests.harness.programs import Evaluate


def test_a_fits_file_is_written_and_read(evaluate: Evaluate) -> None:
    def program() -> Any:
        import os
        import tempfile

        import numpy as np
        from astropy.io import fits

        path = os.path.join(tempfile.mkdtemp(), "a.fits")
        image = np.arange(12, dtype=">i2").reshape(3, 4)
        primary = fits.PrimaryHDU(image)
        primary.header["OBJECT"] = ("M 31", "the target")
        primary.header["EXPTIME"] = 12.5
        primary.header["HIERARCH ESO long keyword"] = True
        table = fits.BinTableHDU.from_columns(
            [
                fits.Column("name", "8A", array=["Sirius", "Vega"]),
                fits.Column("flux", "E", unit="Jy", array=[1.5, np.nan]),
                fits.Column("path", "PJ()", array=[np.arange(3), np.arange(5)]),
            ],
            name="STARS",
        )
        packed = fits.CompImageHDU(np.add.outer(np.arange(64), np.arange(64)), name="PACKED")
        fits.HDUList([primary, table, packed]).writeto(path, checksum=True)
        with open(path, "rb") as file:
            first = file.read(80).decode()
        with fits.open(path, checksum=True) as hdus:
            hdus.verify("exception")
            header = hdus[0].header
            return [
                first,
                os.path.getsize(path) % 2880,
                [hdu.name for hdu in hdus],
                hdus[0].data.tolist(),
                header["OBJECT"],
                header.comments["OBJECT"],
                header["EXPTIME"],
                header["ESO long keyword"],
                hdus["STARS"].data["name"].tolist(),
                hdus["STARS"].columns["flux"].unit,
                hdus["STARS"].data["path"][1].tolist(),
                int(hdus["PACKED"].data.sum()),
            ]

    outcome = evaluate(program)
    assert outcome == [
        "SIMPLE  =                    T / conforms to FITS standard".ljust(80),
        0,
        ["PRIMARY", "STARS", "PACKED"],
        [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]],
        "M 31",
        "the target",
        12.5,
        True,
        ["Sirius", "Vega"],
        "Jy",
        [0, 1, 2, 3, 4],
        64 * 64 * 63,
    ]


def hdu(cards: dict[str, Any], data: bytes) -> bytes:
    """A header and its data by the FITS standard 4.0 (sections 3.3, 4.1 and 4.2)."""
    lines = []
    for keyword, value in cards.items():
        if isinstance(value, str):
            text = "'" + value.replace("'", "''").ljust(8) + "'"
        else:
            text = ("T" if value is True else str(value)).rjust(20)
        lines.append(f"{keyword:8}= {text}".ljust(80))
    header = "".join([*lines, "END"]).encode()
    return header.ljust(-(-len(header) // 2880) * 2880) + data.ljust(
        -(-len(data) // 2880) * 2880, b"\0"
    )


def stars() -> bytes:
    """A FITS file made by hand, which fitsverify accepts: scaled integers, a table."""
    image: dict[str, Any] = {"SIMPLE": True, "BITPIX": 16, "NAXIS": 2, "NAXIS1": 3, "NAXIS2": 2}
    image |= {"EXTEND": True, "BSCALE": 0.5, "BZERO": 1000.0, "BLANK": -32768}
    image |= {"OBJECT": "Barnard's star"}
    pixels = struct.pack(">6h", 0, 1, -1, 32767, -32767, -32768)
    columns: list[dict[str, Any]] = [
        {"TTYPE": "name", "TFORM": "8A"},
        {"TTYPE": "count", "TFORM": "I", "TZERO": 32768},
        {"TTYPE": "flux", "TFORM": "E", "TUNIT": "Jy"},
        {"TTYPE": "ra", "TFORM": "D", "TUNIT": "deg"},
        {"TTYPE": "variable", "TFORM": "L"},
        {"TTYPE": "number", "TFORM": "J", "TNULL": -99},
        {"TTYPE": "path", "TFORM": "PJ(3)"},  # how many, and where in the heap
    ]
    row = struct.Struct(">8shfdci2i")
    rows = row.pack(b"Sirius", -32768, 1.5, 101.287155, b"F", 7, 3, 0)
    rows += row.pack(b"Vega", 32767, float("nan"), 279.23473479, b"T", -99, 2, 12)
    heap = struct.pack(">5i", 1, 2, 3, -4, 5)
    table: dict[str, Any] = {"XTENSION": "BINTABLE", "BITPIX": 8, "NAXIS": 2}
    table |= {"NAXIS1": row.size, "NAXIS2": 2, "PCOUNT": len(heap), "GCOUNT": 1}
    table |= {"TFIELDS": len(columns), "EXTNAME": "STARS"}
    for number, column in enumerate(columns, 1):
        table |= {f"{keyword}{number}": value for keyword, value in column.items()}
    return hdu(image, pixels) + hdu(table, rows + heap)


def test_a_fits_file_made_by_hand_has_its_values(evaluate: Evaluate) -> None:
    def program(encoded: str) -> Any:
        import base64
        import io

        import numpy as np
        from astropy.io import fits
        from astropy.table import Table

        data = base64.b64decode(encoded)
        with fits.open(io.BytesIO(data)) as hdus:
            hdus.verify("exception")
            image, stars = hdus[0].data, hdus["STARS"].data
            result = [
                hdus[0].header["OBJECT"],
                image.shape,
                image.dtype.kind,
                [None if np.isnan(value) else float(value) for value in image.ravel()],
                stars["name"].tolist(),
                stars["count"].tolist(),
                stars["flux"][0].item(),
                stars["flux"][1].item() != stars["flux"][1].item(),
                stars["ra"].tolist(),
                stars["variable"].tolist(),
                [path.tolist() for path in stars["path"]],
            ]
        table = Table.read(io.BytesIO(data), hdu="STARS")
        result += [table["number"].tolist(), str(table["flux"].unit), str(table["ra"].unit)]
        with fits.open(io.BytesIO(data), do_not_scale_image_data=True) as hdus:
            result.append(hdus[0].data.ravel().tolist())
        return result

    outcome = evaluate(program, base64.b64encode(stars()).decode())
    assert outcome == [
        "Barnard's star",
        [2, 3],
        "f",
        [1000.0, 1000.5, 999.5, 17383.5, -15383.5, None],
        ["Sirius", "Vega"],
        [0, 65535],
        1.5,
        True,
        [101.287155, 279.23473479],
        [False, True],
        [[1, 2, 3], [-4, 5]],
        [7, None],
        "Jy",
        "deg",
        [0, 1, -1, 32767, -32767, -32768],
    ]


def test_pixels_have_places_in_the_sky(evaluate: Evaluate) -> None:
    # The gnomonic projection by hand: Calabretta and Greisen (2002), section 5.1.3.
    def program() -> Any:
        import numpy as np
        from astropy.wcs import WCS

        wcs = WCS(naxis=2)
        wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
        wcs.wcs.crval = [10.0, 60.0]
        wcs.wcs.crpix = [101, 101]
        wcs.wcs.cdelt = [-0.01, 0.01]
        dec = np.radians(60.5)
        d0, da = np.radians(60.0), np.radians(-1.0)
        scale = np.sin(dec) * np.sin(d0) + np.cos(dec) * np.cos(d0) * np.cos(da)
        x = np.degrees(np.cos(dec) * np.sin(da) / scale)
        y = np.degrees((np.sin(dec) * np.cos(d0) - np.cos(dec) * np.sin(d0) * np.cos(da)) / scale)
        pixel = wcs.world_to_pixel_values(9.0, 60.5)
        again = WCS(wcs.to_header())
        return [
            [float(p) for p in pixel],
            [100 - x / 0.01, 100 + y / 0.01],
            [float(v) for v in again.pixel_to_world_values(*pixel)],
            [float(v) for v in wcs.pixel_to_world_values(100, 100)],
        ]

    outcome = evaluate(program)
    pixel, by_hand, world, center = outcome
    assert pixel == pytest.approx(by_hand, abs=1e-9)
    assert world == pytest.approx([9.0, 60.5], abs=1e-10)
    assert center == pytest.approx([10.0, 60.0], abs=1e-12)


def test_quantities_have_units(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        from astropy import constants
        from astropy import units as u

        try:
            1 * u.m + 1 * u.s
        except u.UnitsError as error:
            mixed = type(error).__name__
        speed = np.sqrt(2 * constants.G * constants.M_earth / constants.R_earth)
        return [
            (1 * u.pc).to_value(u.au),
            speed.to_value(u.km / u.s),
            (1000 * u.nm).to_value(u.GHz, u.spectral()),
            str(u.Unit("erg / (s cm2 Angstrom)").to_string("fits")),
            (20 * u.deg_C).to_value(u.K, u.temperature()),
            mixed,
            ([3, 4] * u.m @ ([3, 4] * u.kg)).to_string(),  # type: ignore[operator]
        ]

    outcome = evaluate(program)
    assert outcome[0] == pytest.approx(648000 / pi)
    assert outcome[1] == pytest.approx(11.18, abs=0.01)
    assert outcome[2] == pytest.approx(299792.458)
    assert outcome[3:] == [
        "erg Angstrom-1 s-1 cm-2",
        pytest.approx(293.15),
        "UnitConversionError",
        "25.0 kg m",
    ]


def galactic(ra: float, dec: float) -> tuple[float, float]:
    """In degrees, from ICRS, as the Hipparcos catalogue (volume 1, section 1.5.3) defines it."""
    pole_ra, pole_dec, node = 192.85948, 27.12825, 32.93192
    a, d, p = radians(ra - pole_ra), radians(dec), radians(pole_dec)
    sin_b = sin(d) * sin(p) + cos(d) * cos(p) * cos(a)
    x, y = cos(d) * sin(a), sin(d) * cos(p) - cos(d) * sin(p) * cos(a)
    return (node + 90 - degrees(atan2(x, y))) % 360, degrees(asin(sin_b))


def test_coordinates_are_transformed(evaluate: Evaluate) -> None:
    def program() -> Any:
        from astropy import units as u
        from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_sun
        from astropy.time import Time

        pole = SkyCoord("12h51m26.28s +27d07m41.7s", frame="icrs").galactic
        andromeda = SkyCoord(10.684793, 41.269065, unit="deg")
        # In the south, and as high as it gets: Greenwich at noon of a day when clock and sun agree.
        noon = Time("2013-04-15T12:00:00")
        greenwich = EarthLocation(lat=51.4779 * u.deg, lon=0 * u.deg, height=46 * u.m)
        sun = get_sun(noon).transform_to(AltAz(obstime=noon, location=greenwich))
        return [
            pole.b.deg,
            [andromeda.galactic.l.deg, andromeda.galactic.b.deg],
            [sun.az.deg, sun.alt.deg - (90 - 51.4779 + get_sun(noon).dec.deg)],
            andromeda.to_string("hmsdms", precision=1),
            andromeda.separation(SkyCoord(11.684793, 41.269065, unit="deg")).deg,
            andromeda.get_constellation(),
        ]

    outcome = evaluate(program)
    assert outcome[0] == pytest.approx(90, abs=1e-3)
    assert outcome[1] == pytest.approx(galactic(10.684793, 41.269065), abs=1e-5)
    azimuth, difference = outcome[2]
    assert azimuth == pytest.approx(180, abs=0.1) and difference == pytest.approx(0, abs=0.1)
    assert outcome[3:] == [
        "00h42m44.4s +41d16m08.6s",
        pytest.approx(0.75161, abs=1e-4),
        "Andromeda",
    ]


def test_time_has_scales_and_leap_seconds(evaluate: Evaluate) -> None:
    def program() -> Any:
        from astropy.time import Time

        utc = Time(["1999-01-01T00:00:00", "2017-01-01T00:00:00"], scale="utc")
        leap = Time("2016-12-31T23:59:60", scale="utc")
        return [
            utc.mjd.tolist(),
            [text[-12:] for text in utc.tai.isot.tolist()],
            float((utc[1] - leap).sec),
            Time("2016-12-31T12:00:00").tt.isot,
            Time(2460000.5, format="jd").iso,
            (Time("2012-07-13").ut1.jd2 * 86400) % 1,
            Time("2000-01-01T12:00:00", scale="tt").jyear,
            Time(0, format="unix").iso,
        ]

    outcome = evaluate(program)
    assert outcome[:5] == [
        [51179.0, 57754.0],
        ["00:00:32.000", "00:00:37.000"],
        pytest.approx(1.0),
        "2016-12-31T12:01:08.184",
        "2023-02-25 00:00:00.000",
    ]
    # UT1 - UTC on 13 July 2012, IERS bulletin B: 0.417 seconds.
    assert outcome[5] == pytest.approx(0.417, abs=5e-3)
    assert outcome[6:] == [2000.0, "1970-01-01 00:00:00.000"]


def test_tables_and_models(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        import numpy as np
        from astropy.convolution import Gaussian1DKernel, convolve
        from astropy.cosmology import Planck18
        from astropy.io import ascii
        from astropy.modeling import fitting, models
        from astropy.stats import sigma_clipped_stats
        from astropy.table import Table, join

        stars = ascii.read("name | mag\nVega | 0.03\nSirius | -1.46\n", delimiter="|")
        parallax = Table({"name": ["Sirius", "Vega"], "mas": [379.21, 130.23]})
        both = join(stars, parallax, keys="name")
        votable = io.BytesIO()
        both.write(votable, format="votable")
        votable.seek(0)
        x = np.linspace(-5, 5, 101)
        line = fitting.LinearLSQFitter()(models.Polynomial1D(1), x, 3 * x + 2)
        data = np.r_[np.zeros(50), np.ones(50), 1e6]
        smooth = convolve([0, 0, 0, 1, 0, np.nan, 0], Gaussian1DKernel(1))
        return [
            both["mas"].tolist(),
            Table.read(votable)["mag"].tolist(),
            [float(line.c0.value), float(line.c1.value)],
            [float(value) for value in sigma_clipped_stats(data)],
            bool(np.isfinite(smooth).all()),
            float(Planck18.H0.value),
        ]

    outcome = evaluate(program)
    assert outcome == [
        [379.21, 130.23],
        [-1.46, 0.03],
        pytest.approx([2.0, 3.0]),
        pytest.approx([0.5, 0.5, 0.5]),
        True,
        67.66,
    ]
