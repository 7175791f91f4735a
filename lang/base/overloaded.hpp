// One visitor of a variant, made of lambdas.
#pragma once

namespace backstay {

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace backstay
