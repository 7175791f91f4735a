#include "runtime/drill/server_process.hpp"

#include <utility>

#include "lang/base/result.hpp"

namespace backstay::runtime {
namespace {

constexpr std::size_t kLastWords = 600;

std::string text_of(const Result<Exit>& exit) {
  if (!exit)
    return to_string(exit.error());
  std::string words = exit->errors;
  while (words.ends_with('\n'))
    words.pop_back();
  if (words.size() > kLastWords)
    words = "… " + words.substr(words.find('\n', words.size() - kLastWords) + 1);
  for (char& byte : words)
    byte = byte == '\n' ? ' ' : byte;
  return "it ended with " + describe(*exit) + (words.empty() ? "" : ": " + words);
}

}  // namespace

ServerProcess::ServerProcess(CommandRunner& runner, Command command)
    : runner_(runner), command_(std::move(command)), thread_([this](const std::stop_token& stop) {
        std::string end = text_of(runner_.run(command_, stop));
        const std::lock_guard lock(mutex_);
        end_ = std::move(end);
      }) {}

void ServerProcess::stop() {
  thread_.request_stop();
  if (thread_.joinable())
    thread_.join();
}

std::string ServerProcess::end() const {
  const std::lock_guard lock(mutex_);
  return end_.value_or("");
}

}  // namespace backstay::runtime
