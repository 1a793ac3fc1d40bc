"""Are the directories those of Unix, and made when they are asked for?"""

import os
import tempfile
from pathlib import Path

import platformdirs

home = tempfile.mkdtemp()
os.environ["HOME"] = home
for variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_DIRS", "XDG_DATA_HOME"):
    os.environ.pop(variable, None)

assert platformdirs.user_cache_dir("app") == f"{home}/.cache/app"
assert platformdirs.user_config_dir("app", version="2") == f"{home}/.config/app/2"
assert platformdirs.user_data_path("app") == Path(home, ".local/share/app")

os.environ["XDG_DATA_HOME"] = f"{home}/elsewhere"
made = platformdirs.user_data_path("app", ensure_exists=True)
assert made == Path(home, "elsewhere/app") and made.is_dir()
assert platformdirs.site_data_dir("app").endswith("share/app")
