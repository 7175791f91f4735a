// Any bytes with a right digest are read as a plan or refused: no crash, no hang, and what is read
// is written again with the very same bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "compiler/plan/plan_text.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "lang/base/sha256.hpp"

using namespace backstay;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(plan::from_yaml(bytes, "fuzz.plan.yaml"));
  // A hostile writer knows how to make a digest.
  bytes.resize(bytes.rfind("digest: ") == std::string::npos ? size : bytes.rfind("digest: "));
  bytes += "digest: \"sha256:" + to_hex(sha256(bytes)) + "\"\n";
  const auto plan = plan::from_yaml(bytes, "fuzz.plan.yaml");
  if (plan) {
    static_cast<void>(plan::to_text(*plan, {}));
    if (plan::to_yaml(*plan) != bytes) {
      std::abort();
    }
  } else if (plan.error().message.empty()) {
    std::abort();  // refused without a word
  }
  return 0;
}
