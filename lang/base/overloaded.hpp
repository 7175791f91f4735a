// One visitor of a variant, made of lambdas.
#pragma once

namespace backstay {

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

// Clang before 17 does not deduce the arguments of an aggregate by itself.
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace backstay
