"""Are images read, written and drawn?

``ffmpeg.jpg`` and ``netpbm.png`` are patterns made for this test with other programs. FFmpeg's
own encoder wrote the JPEG (libavcodec 62.28; its colours have half the resolution, 4:2:0). netpbm
11.1 with libpng wrote the PNG (``pnmtopng -interlace -alpha=… -size "3937 3937 1" -text=…``).
"""

from __future__ import annotations

import base64
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from tests.harness.programs import Evaluate

HERE = Path(__file__).parent


def make_picture() -> Any:
    from PIL import Image, ImageDraw

    picture = Image.linear_gradient("L").resize((64, 48)).convert("RGB")
    ImageDraw.Draw(picture).ellipse((10, 10, 40, 40), fill=(200, 30, 60), outline="blue")
    return picture


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "PPM", "TGA"])
def test_a_picture_is_the_same_after_saving_and_opening(evaluate: Evaluate, form: str) -> None:
    def program(form: str) -> Any:
        import io

        from PIL import Image, ImageChops

        picture = make_picture()
        file = io.BytesIO()
        options = {"quality": 95, "subsampling": 0} if form == "JPEG" else {}
        picture.save(file, form, **options)
        file.seek(0)
        with Image.open(file) as opened:
            again = opened.convert("RGB")
            kind = opened.format
        difference = ImageChops.difference(picture, again).convert("L")
        mean = sum(i * n for i, n in enumerate(difference.histogram())) / (64 * 48)
        return [kind, list(again.size), mean]

    outcome = evaluate(program, form)
    assert outcome[:2] == [form, [64, 48]]
    assert outcome[2] < {"JPEG": 3, "GIF": 8}.get(form, 0.01)


def opened(evaluate: Evaluate, name: str) -> tuple[list[Any], list[int]]:
    """The properties of the file ``name`` and its pixels, row by row."""
    encoded = base64.b64encode((HERE / name).read_bytes()).decode()

    def program(data: str) -> Any:
        import base64
        import io

        from PIL import Image

        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            description = [image.format, image.mode, image.size, image.info.get("Title")]
            return [description, list(image.tobytes())]

    description, pixels = evaluate(program, encoded)
    return description, pixels


def test_a_png_of_another_program_has_its_pixels(evaluate: Evaluate) -> None:
    description, pixels = opened(evaluate, "netpbm.png")
    assert description == ["PNG", "RGBA", [40, 28], "gradients"]
    assert pixels == [
        value
        for y in range(28)
        for x in range(40)
        for value in ((7 * x + 3 * y) % 256, x * y % 256, 255 - 6 * x, 5 * x + y)
    ]


def test_a_jpeg_of_another_program_has_nearly_its_pixels(evaluate: Evaluate) -> None:
    description, pixels = opened(evaluate, "ffmpeg.jpg")
    assert description == ["JPEG", "RGB", [61, 45], None]
    # A red rectangle on gradients. Only at its edge, where colours blur, are values far off.
    expected = [
        value
        for y in range(45)
        for x in range(61)
        for value in ((200, 30, 60) if 32 <= x < 48 and 16 <= y < 32 else (4 * x, 5 * y, 128))
    ]
    wrong = [abs(a - b) for a, b in zip(pixels, expected, strict=True)]
    assert fmean(wrong) < 3
    assert max(wrong[: 14 * 61 * 3]) < 10
    assert max(wrong[(24 * 61 + 34) * 3 : (24 * 61 + 46) * 3]) < 10


def test_a_jpeg_keeps_its_metadata_and_a_png_its_text(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        from PIL import Image
        from PIL.PngImagePlugin import PngInfo

        picture = make_picture()
        exif = Image.Exif()
        exif[0x010E] = "a disc"
        jpeg, png = io.BytesIO(), io.BytesIO()
        picture.save(jpeg, "JPEG", exif=exif, dpi=(300, 300), progressive=True)
        text = PngInfo()
        text.add_itxt("Title", "Ærø")
        picture.save(png, "PNG", pnginfo=text)
        jpeg, png = Image.open(jpeg), Image.open(png)
        return [
            jpeg.getexif()[0x010E],
            jpeg.info["dpi"],
            jpeg.info["progressive"],
            png.text["Title"],
        ]

    outcome = evaluate(program)
    assert outcome == ["a disc", [300, 300], 1, "Ærø"]


def test_text_is_drawn_with_freetype(evaluate: Evaluate) -> None:
    def program() -> Any:
        from PIL import Image, ImageDraw, ImageFont, features

        font = ImageFont.load_default(size=24)
        image = Image.new("L", (200, 40), 255)
        draw = ImageDraw.Draw(image)
        draw.text((5, 5), "Hello, wörld", font=font, fill=0)
        box = draw.textbbox((5, 5), "Hello, wörld", font=font)
        ink = Image.eval(image, lambda v: 255 - v).getbbox()
        return {
            "font": font.getname(),
            "inside": box[0] <= ink[0]
            and box[1] <= ink[1]
            and ink[2] <= box[2] + 1
            and ink[3] <= box[3] + 1,
            "wide": ink[2] - ink[0] > 100,
            "grey": len(image.getcolors()) > 20,
            "freetype": features.version("freetype2"),
        }

    outcome = evaluate(program)
    assert outcome.pop("freetype").startswith("2.")
    assert outcome == {
        "font": ["Aileron", "Regular"],
        "inside": True,
        "wide": True,
        "grey": True,
    }


def test_pictures_are_filtered_and_turned(evaluate: Evaluate) -> None:
    def program() -> Any:
        from PIL import Image, ImageFilter, ImageOps, ImageStat

        image = Image.new("L", (21, 21))
        image.putpixel((10, 10), 255)
        blurred = image.filter(ImageFilter.GaussianBlur(2))
        turned = image.crop((8, 9, 13, 12)).rotate(90, expand=True)
        return {
            "blurred": round(ImageStat.Stat(blurred).sum[0] / 255),
            "peak": blurred.getextrema()[1] < 20,
            "turned": [turned.size, turned.getpixel((1, 2))],
            "fit": ImageOps.contain(Image.new("RGB", (400, 100)), (50, 50)).size,
            "small": image.resize((7, 7), Image.Resampling.BOX).getpixel((3, 3)),
        }

    outcome = evaluate(program)
    assert outcome == {
        "blurred": 1,
        "peak": True,
        "turned": [[3, 5], 255],
        "fit": [50, 12],
        "small": 28,
    }


def test_a_broken_file_is_an_exception(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        from PIL import Image

        picture = make_picture()
        result: list[Any] = []
        for form in ("JPEG", "PNG"):
            file = io.BytesIO()
            picture.save(file, form)
            try:
                Image.open(io.BytesIO(file.getvalue()[:-200])).load()
            except OSError as error:
                result.append("truncated" in str(error))
        try:
            Image.open(io.BytesIO(b"no image"))
        except OSError as error:
            result.append(type(error).__name__)
        return result

    outcome = evaluate(program)
    assert outcome == [True, True, "UnidentifiedImageError"]
