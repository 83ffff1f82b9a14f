// Which expressions compile, for tests of what must not.
#pragma once

namespace core_test {

template <class A, class B>
concept Addable = requires(const A& a, const B& b) {
  a + b;
};
template <class A, class B>
concept Subtractable = requires(const A& a, const B& b) {
  a - b;
};
template <class A, class B>
concept Multipliable = requires(const A& a, const B& b) {
  a* b;
};
template <class A, class B>
concept Comparable = requires(const A& a, const B& b) {
  a == b;
};
template <class A, class B>
concept Ordered = requires(const A& a, const B& b) {
  a < b;
};

}  // namespace core_test
