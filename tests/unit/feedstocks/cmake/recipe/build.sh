cmake -S . -B build $CMAKE_ARGS -D BUILD_SHARED_LIBS=ON -DBUILD_STATIC_LIBS=OFF
cmake --build build
ctest --test-dir build
if [[ "$CONDA_BUILD_CROSS_COMPILATION" == "1" ]]; then
  export EXTRA=1
fi
cmake --install build
