#include <stdexcept>
#include <string>

extern "C" int half(int number) {
  if (number % 2) throw std::invalid_argument(std::to_string(number) + " is odd");
  return number / 2;
}
