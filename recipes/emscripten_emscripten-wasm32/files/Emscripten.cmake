# CMake's toolchain file: Emscripten's own, and what this ABI does differently. Like Emscripten's it is
# loaded twice, as toolchain file and, found through CMAKE_MODULE_PATH, as platform file.
if(NOT DEFINED EMSCRIPTEN_ROOT_PATH)
  execute_process(COMMAND em-config EMSCRIPTEN_ROOT
    OUTPUT_VARIABLE EMSCRIPTEN_ROOT_PATH OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()
set(EMSCRIPTEN_SYSTEM_PROCESSOR wasm32)
# This environment's: Emscripten's file prefers a program called nodejs anywhere on PATH.
get_filename_component(_bin "${CMAKE_CURRENT_LIST_DIR}/../../../bin" ABSOLUTE)
set(CMAKE_CROSSCOMPILING_EMULATOR "${_bin}/node" CACHE FILEPATH "Runs programs of the target")
set(_pkg_config_libdir "$ENV{PKG_CONFIG_LIBDIR}")

include("${EMSCRIPTEN_ROOT_PATH}/cmake/Modules/Platform/Emscripten.cmake")

get_filename_component(_modules "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
list(PREPEND CMAKE_MODULE_PATH "${_modules}")
set(ENV{PKG_CONFIG_LIBDIR} "${_pkg_config_libdir}")
# Extension modules are side modules.
set_property(GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS TRUE)
set(CMAKE_C_COMPILER "${_bin}/wasm32-unknown-emscripten-cc")
set(CMAKE_CXX_COMPILER "${_bin}/wasm32-unknown-emscripten-c++")
unset(_bin)
unset(_modules)
unset(_pkg_config_libdir)
