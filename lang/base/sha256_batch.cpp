#include "lang/base/sha256_batch.hpp"

#include "lang/base/result.hpp"

#ifdef BACKSTAY_MULTI_BUFFER
#include <intel-ipsec-mb.h>
#endif

namespace backstay {

#ifdef BACKSTAY_MULTI_BUFFER

namespace {

// Why: lengths are kept in 16 bits by lanes of the library (1.3), which checks none of them.
constexpr std::size_t kLongest = 60'000;

}  // namespace

struct Sha256Batch::State {
  explicit State(std::size_t worth) : unready_bytes(worth) {}

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() {
    if (manager != nullptr)
      free_mb_mgr(manager);
  }

  // Counts what comes. False: not yet worth it, or the library has no memory or no way with this
  // processor.
  bool ready(std::size_t bytes) {
    if (manager != nullptr)
      return able;
    if (bytes <= unready_bytes) {
      unready_bytes -= bytes;
      return false;
    }
    manager = alloc_mb_mgr(0);
    if (manager == nullptr)
      return false;
    init_mb_mgr_auto(manager, nullptr);
    able = imb_get_errno(manager) == 0;
    return able;
  }

  std::size_t unready_bytes;
  IMB_MGR* manager = nullptr;
  bool able = false;
};

void Sha256Batch::add(std::span<const std::byte> content, Digest& digest) {
  if (content.empty() || content.size() > kLongest || !state_->ready(content.size())) {
    digest = sha256(content);
    return;
  }
  IMB_MGR* const manager = state_->manager;
  IMB_JOB* const job = IMB_GET_NEXT_JOB(manager);
  *job = IMB_JOB{};
  job->cipher_mode = IMB_CIPHER_NULL;
  job->cipher_direction = IMB_DIR_ENCRYPT;
  job->chain_order = IMB_ORDER_HASH_CIPHER;
  job->hash_alg = IMB_AUTH_SHA_256;
  job->src = reinterpret_cast<const std::uint8_t*>(content.data());
  job->msg_len_to_hash_in_bytes = content.size();
  job->auth_tag_output = digest.data();
  job->auth_tag_output_len_in_bytes = digest.size();
  const IMB_JOB* done = IMB_SUBMIT_JOB(manager);
  while (done != nullptr) {
    BACKSTAY_CHECK(done->status == IMB_STATUS_COMPLETED, "a hash of several can end");
    done = IMB_GET_COMPLETED_JOB(manager);
  }
}

void Sha256Batch::finish() {
  if (!state_->able)
    return;
  while (const IMB_JOB* done = IMB_FLUSH_JOB(state_->manager))
    BACKSTAY_CHECK(done->status == IMB_STATUS_COMPLETED, "a hash of several can end");
}

#else

struct Sha256Batch::State {
  explicit State(std::size_t) {}
};

void Sha256Batch::add(std::span<const std::byte> content, Digest& digest) {
  digest = sha256(content);
}

void Sha256Batch::finish() {}

#endif

Sha256Batch::Sha256Batch(std::size_t worth_bytes) : state_(std::make_unique<State>(worth_bytes)) {}

Sha256Batch::Sha256Batch(Sha256Batch&&) noexcept = default;
Sha256Batch& Sha256Batch::operator=(Sha256Batch&&) noexcept = default;
Sha256Batch::~Sha256Batch() = default;

}  // namespace backstay
