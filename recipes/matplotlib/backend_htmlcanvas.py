"""
How does a figure get into a page?

Agg draws it, a ``<canvas>`` shows it, and the events of the page become Matplotlib's.
"""

import math
import mimetypes
import re
from io import BytesIO

import js
import pyodide
from js import document  # an ImportError where there is no page
from matplotlib import _api, cbook, is_interactive
from matplotlib.backend_bases import (
    CloseEvent,
    FigureManagerBase,
    KeyEvent,
    LocationEvent,
    MouseButton,
    MouseEvent,
    NavigationToolbar2,
    ResizeEvent,
    TimerBase,
    _Mode,
    cursors,
)
from matplotlib.backends.backend_agg import FigureCanvasAgg

# Colours are those of the page's text, whether that is dark or light.
_STYLE = """
.mpl-figure {
  width: fit-content; max-width: 100%; margin: 1em 0; font: 14px/1.4 system-ui, sans-serif;
}
.mpl-figure figcaption { padding-bottom: .4em; font-weight: 600 }
.mpl-plot { position: relative }
.mpl-plot canvas {
  display: block; max-width: 100%; height: auto; touch-action: pan-y; user-select: none;
}
.mpl-plot canvas:focus-visible { outline: 2px solid Highlight; outline-offset: 2px }
.mpl-rubberband {
  position: absolute; box-sizing: border-box; pointer-events: none;
  border: 1px solid #fff; outline: 1px dashed #000; background: rgb(128 128 128 / 15%);
}
.mpl-toolbar { display: flex; flex-wrap: wrap; align-items: center; gap: 2px; margin-top: 4px }
.mpl-toolbar button {
  all: unset; box-sizing: border-box; width: 36px; height: 36px; padding: 7px;
  border-radius: 6px; cursor: pointer;
}
.mpl-toolbar button:hover { background: color-mix(in srgb, currentColor 10%, transparent) }
.mpl-toolbar button:focus-visible { outline: 2px solid Highlight }
.mpl-toolbar button[aria-pressed=true] {
  background: color-mix(in srgb, currentColor 20%, transparent);
}
.mpl-toolbar button:disabled { opacity: .3; cursor: default; background: none }
.mpl-toolbar svg { display: block; fill: currentColor }
.mpl-toolbar span {
  margin-left: auto; padding-left: 8px; opacity: .75; white-space: pre;
  font-variant-numeric: tabular-nums;
}
"""

_CURSORS = {
    cursors.HAND: "pointer",
    cursors.POINTER: "default",
    cursors.SELECT_REGION: "crosshair",
    cursors.MOVE: "move",
    cursors.WAIT: "wait",
    cursors.RESIZE_HORIZONTAL: "ew-resize",
    cursors.RESIZE_VERTICAL: "ns-resize",
}

# Of `MouseEvent.button`, and of the bits of `MouseEvent.buttons`.
_BUTTON = [
    MouseButton.LEFT,
    MouseButton.MIDDLE,
    MouseButton.RIGHT,
    MouseButton.BACK,
    MouseButton.FORWARD,
]
_BUTTONS = [
    MouseButton.LEFT,
    MouseButton.RIGHT,
    MouseButton.MIDDLE,
    MouseButton.BACK,
    MouseButton.FORWARD,
]

# Keys that would scroll the page while a figure has the focus.
_SCROLLING = {
    " ", "ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "End", "Home", "PageDown", "PageUp",
}  # fmt: skip


# With the API of Pyodide 0.16, which has no pyodide.ffi, functions live as long as JavaScript needs
# them, and buffers are converted. With today's API, a program does both.
_ffi = getattr(pyodide, "ffi", None)


def _keep(function):
    """Return a function that JavaScript may keep until `_release`."""
    return _ffi.create_proxy(function) if _ffi else function


def _once(function):
    """Return a function that JavaScript calls once."""
    return _ffi.create_once_callable(function) if _ffi else function


def _release(function):
    if _ffi:
        function.destroy()


def _element(tag, parent=None, **properties):
    element = document.createElement(tag)
    for name, value in properties.items():
        setattr(element, name, value)
    if parent is not None:
        parent.append(element)
    return element


def _modifiers(event):
    held = {
        "ctrl": event.ctrlKey,
        "alt": event.altKey,
        "shift": event.shiftKey,
        "super": event.metaKey,
    }
    return [name for name, pressed in held.items() if pressed]


def _key(event):
    """Matplotlib's name of a key: ``"a"``, ``"ctrl+A"``, ``"alt+left"``, ``"shift"``."""
    key = event.key
    modifiers = _modifiers(event)
    if len(key) == 1:
        modifiers = [name for name in modifiers if name != "shift"]  # the character says it
    else:
        key = {"Meta": "super"}.get(key, key.removeprefix("Arrow").lower())
        itself = "ctrl" if key == "control" else key
        modifiers = [name for name in modifiers if name != itself]
    return "+".join([*modifiers, key])


class TimerHTMLCanvas(TimerBase):
    """Subclass of `.TimerBase` with the timers of the page."""

    _id = None
    _callback = None

    def _timer_start(self):
        self._timer_stop()
        self._callback = _keep(self._on_timer)
        start = js.setTimeout if self._single else js.setInterval
        self._id = start(self._callback, self.interval)

    def _timer_stop(self):
        if self._id is not None:
            js.clearTimeout(self._id)  # which also ends an interval
            _release(self._callback)
            self._id = self._callback = None

    def _timer_set_interval(self):
        if self._id is not None:
            self._timer_start()


class FigureCanvasHTMLCanvas(FigureCanvasAgg):
    """
    Attributes
    ----------
    element : JsProxy
        The ``<canvas>``.
    """

    required_interactive_framework = "browser"
    manager_class = _api.classproperty(lambda cls: FigureManagerHTMLCanvas)
    _timer_cls = TimerHTMLCanvas

    def __init__(self, figure=None):
        super().__init__(figure)
        self._frame_requested = False
        self._xy = None, None  # where the pointer was last seen
        # No garbage collector sees a cycle through both languages, so `destroy` aborts these, which
        # keep the canvas alive as it keeps them.
        self._listeners = js.AbortController.new()
        self._handlers = []
        self.element = _element("canvas", role="img", tabIndex=0)
        self._set_device_pixel_ratio(js.devicePixelRatio)
        self._fit()
        self.listen(
            self.element,
            pointerdown=self._pointer_down,
            pointermove=self._pointer_move,
            pointerup=self._pointer_up,
            pointercancel=self._pointer_up,
            pointerenter=self._pointer_enter,
            pointerleave=self._pointer_leave,
            dblclick=self._double_click,
            contextmenu=lambda event: event.preventDefault(),
            wheel=self._wheel,
            keydown=self._key_down,
            keyup=self._key_up,
        )
        self.listen(
            js.window, resize=lambda event: self.draw_idle()
        )  # also when the page is zoomed

    def listen(self, element, **handlers):
        """Have functions called for events of an element until the figure is closed."""
        for name, handler in handlers.items():
            handler = _keep(handler)
            self._handlers.append(handler)
            element.addEventListener(name, handler, signal=self._listeners.signal)

    def destroy(self):
        """Let go of the page."""
        self._listeners.abort()
        while self._handlers:
            _release(self._handlers.pop())

    def create_root_element(self):
        """
        Return the element to put the figure into, which a program may replace by its own:
        ``document.pyodideMplTarget``, or the page's body.
        """
        target = getattr(document, "pyodideMplTarget", None)
        return document.body if target is None else target

    def show(self):
        """Put the figure into the page."""
        self.manager.show()

    def draw(self):
        # docstring inherited
        self._set_device_pixel_ratio(js.devicePixelRatio)
        super().draw()
        self._fit()
        self.blit()

    def draw_idle(self):
        # docstring inherited
        if self.element.isConnected and not self._frame_requested:
            self._frame_requested = True
            js.requestAnimationFrame(_once(self._draw_frame))

    def _draw_frame(self, time):
        self._frame_requested = False
        self.draw()

    def blit(self, bbox=None):
        # docstring inherited
        renderer = self.get_renderer()
        width, height = int(renderer.width), int(renderer.height)
        if bbox is None:
            dirty = ()
        else:
            left, right = math.floor(bbox.x0), math.ceil(bbox.x1)
            top, bottom = math.floor(height - bbox.y1), math.ceil(height - bbox.y0)
            dirty = left, top, right - left, bottom - top
        context = self.element.getContext("2d")
        # Views of Agg's buffer, not copies.
        pixels = renderer.buffer_rgba().cast("B")
        if not _ffi:
            context.putImageData(js.ImageData.new(pixels, width, height), 0, 0, *dirty)
            return
        proxy = _ffi.create_proxy(pixels)
        view = proxy.getBuffer("u8clamped")
        context.putImageData(js.ImageData.new(view.data, width, height), 0, 0, *dirty)
        view.release()
        proxy.destroy()

    def _fit(self):
        """Give the element the size of the figure."""
        width, height = self.get_width_height(physical=True)
        if (self.element.width, self.element.height) != (width, height):
            self.element.width, self.element.height = width, height
        self.element.style.width = f"{width / self.device_pixel_ratio}px"

    def set_cursor(self, cursor):
        # docstring inherited
        self.element.style.cursor = _api.check_getitem(_CURSORS, cursor=cursor)

    def start_event_loop(self, timeout=0):
        """
        Return at once, as a page cannot wait.

        Raises
        ------
        RuntimeError
            There is no *timeout*: only an event would end the wait.
        """
        if timeout <= 0:
            raise RuntimeError(
                "a page cannot wait for an event: connect a function with mpl_connect"
            )

    def _locate(self, event):
        scale = (
            self.element.width / self.element.clientWidth
        )  # not the ratio if the page makes it narrower
        self._xy = event.offsetX * scale, self.element.height - event.offsetY * scale
        return self._xy

    def _mouse_event(self, name, event, **properties):
        MouseEvent(
            name,
            self,
            *self._locate(event),
            modifiers=_modifiers(event),
            guiEvent=event,
            **properties,
        )._process()

    def _pointer_down(self, event):
        self.element.setPointerCapture(event.pointerId)
        self._mouse_event("button_press_event", event, button=_BUTTON[event.button])

    def _pointer_up(self, event):
        self._mouse_event("button_release_event", event, button=_BUTTON[event.button])

    def _pointer_move(self, event):
        pressed = [button for bit, button in enumerate(_BUTTONS) if event.buttons >> bit & 1]
        self._mouse_event("motion_notify_event", event, buttons=pressed)

    def _double_click(self, event):
        self._mouse_event("button_press_event", event, button=_BUTTON[event.button], dblclick=True)

    def _wheel(self, event):
        if document.activeElement == self.element:
            event.preventDefault()  # otherwise it scrolls the page as well
        self._mouse_event("scroll_event", event, step=-math.copysign(1, event.deltaY))

    def _pointer_enter(self, event):
        LocationEvent(
            "figure_enter_event",
            self,
            *self._locate(event),
            modifiers=_modifiers(event),
            guiEvent=event,
        )._process()

    def _pointer_leave(self, event):
        LocationEvent(
            "figure_leave_event",
            self,
            *self._locate(event),
            modifiers=_modifiers(event),
            guiEvent=event,
        )._process()

    def _key_down(self, event):
        if event.key in _SCROLLING:
            event.preventDefault()
        KeyEvent("key_press_event", self, _key(event), *self._xy, guiEvent=event)._process()

    def _key_up(self, event):
        KeyEvent("key_release_event", self, _key(event), *self._xy, guiEvent=event)._process()


class NavigationToolbar2HTMLCanvas(NavigationToolbar2):
    """
    Attributes
    ----------
    element : JsProxy
        The element with the buttons.
    rubberband : JsProxy
        The rectangle over the canvas.
    """

    toolitems = tuple(
        item for item in NavigationToolbar2.toolitems if item[3] != "configure_subplots"
    )

    def __init__(self, canvas):
        self.element = _element("div", className="mpl-toolbar", role="toolbar")
        self.rubberband = _element("div", className="mpl-rubberband", hidden=True)
        self._buttons = {}
        for text, tooltip, image, method in self.toolitems:
            if text is None:
                continue
            # Each of these images is an invisible square and the icon's path.
            svg = cbook._get_data_path("images", f"{image}.svg").read_text()
            path = re.findall(r' d="([^"]*)"', svg)[-1]
            self._buttons[method] = _element(
                "button",
                self.element,
                type="button",
                title=tooltip,
                ariaLabel=text,
                innerHTML=f'<svg viewBox="0 0 72 72"><path d="{path}"/></svg>',
            )
            canvas.listen(self._buttons[method], click=getattr(self, method))
        self._message = _element("span", self.element)
        super().__init__(canvas)
        self._show_mode()

    def set_message(self, s):
        # docstring inherited
        self._message.textContent = s

    def draw_rubberband(self, event, x0, y0, x1, y1):
        # docstring inherited
        width, height = self.canvas.get_width_height(physical=True)
        style = self.rubberband.style
        style.left, style.width = f"{100 * min(x0, x1) / width}%", f"{100 * abs(x1 - x0) / width}%"
        style.bottom, style.height = (
            f"{100 * min(y0, y1) / height}%",
            f"{100 * abs(y1 - y0) / height}%",
        )
        self.rubberband.hidden = False

    def remove_rubberband(self):
        # docstring inherited
        self.rubberband.hidden = True

    def pan(self, *args):
        # docstring inherited
        super().pan(*args)
        self._show_mode()

    def zoom(self, *args):
        # docstring inherited
        super().zoom(*args)
        self._show_mode()

    def _show_mode(self):
        self._buttons["pan"].ariaPressed = "true" if self.mode == _Mode.PAN else "false"
        self._buttons["zoom"].ariaPressed = "true" if self.mode == _Mode.ZOOM else "false"
        # A finger that drags scrolls the page, unless it pans or zooms the figure.
        self.canvas.element.style.touchAction = "none" if self.mode else ""

    def set_history_buttons(self):
        # docstring inherited
        self._buttons["back"].disabled = self._nav_stack._pos <= 0
        self._buttons["forward"].disabled = self._nav_stack._pos >= len(self._nav_stack) - 1

    def save_figure(self, *args):
        """Have the browser download the figure."""
        name = self.canvas.get_default_filename()
        data = BytesIO()
        self.canvas.print_figure(data, format=self.canvas.get_default_filetype())
        parts = [data.getvalue()]
        if _ffi:
            parts = _ffi.to_js(parts)
        blob = js.Blob.new(parts, type=mimetypes.guess_type(name)[0] or "")
        url = js.URL.createObjectURL(blob)
        _element("a", href=url, download=name).click()
        js.setTimeout(js.URL.revokeObjectURL, 60_000, url)  # when it is certainly saved
        return self.UNKNOWN_SAVED_STATUS


class FigureManagerHTMLCanvas(FigureManagerBase):
    """
    Attributes
    ----------
    element : JsProxy
        The ``<figure>``: title, canvas and toolbar.
    """

    _toolbar2_class = NavigationToolbar2HTMLCanvas

    def __init__(self, canvas, num):
        self.element = _element("figure", className="mpl-figure")
        self._caption = _element("figcaption", self.element)
        super().__init__(canvas, num)
        plot = _element("div", self.element, className="mpl-plot")
        plot.append(canvas.element)
        if self.toolbar:
            plot.append(self.toolbar.rubberband)
            self.element.append(self.toolbar.element)
        if is_interactive():
            self.show()

    def show(self):
        """Put the figure into the page, or scroll to where it is."""
        if not self.element.isConnected:
            self.canvas.create_root_element().append(self.element)
            self.canvas.draw()
            return
        if self.canvas.figure.stale:
            self.canvas.draw()
        self.element.scrollIntoView(block="nearest")

    def destroy(self):
        # docstring inherited
        CloseEvent("close_event", self.canvas)._process()
        self.canvas.destroy()
        self.element.remove()

    def resize(self, w, h):
        # docstring inherited
        ResizeEvent("resize_event", self.canvas)._process()
        self.canvas.draw_idle()

    def set_window_title(self, title):
        # docstring inherited
        super().set_window_title(title)
        self._caption.textContent = self.canvas.element.ariaLabel = title


_element("style", document.head, textContent=_STYLE)

FigureCanvas = FigureCanvasHTMLCanvas
FigureManager = FigureManagerHTMLCanvas
