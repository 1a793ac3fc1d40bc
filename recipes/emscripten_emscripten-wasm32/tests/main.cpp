#include <cstdio>
#include <stdexcept>

extern "C" int half(int number);

int main() {
  std::printf("half of 42 is %d, ", half(42));
  try {
    half(43);
  } catch (const std::invalid_argument& error) {
    std::printf("caught %s\n", error.what());
  }
}
