#include <dlfcn.h>

#include <cstdio>
#include <stdexcept>

int main() {
  void* side = dlopen("./side.so", RTLD_NOW);
  if (!side) return std::puts(dlerror()), 1;
  auto half = reinterpret_cast<int (*)(int)>(dlsym(side, "half"));
  std::printf("half of 42 is %d\n", half(42));
  try {
    half(43);
  } catch (const std::invalid_argument& error) {
    std::printf("caught %s\n", error.what());
  }
}
