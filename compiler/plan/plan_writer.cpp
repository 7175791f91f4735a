#include "compiler/plan/plan_writer.hpp"

#include <array>
#include <charconv>
#include <concepts>

#include "compiler/plan/plan_record.hpp"

namespace backstay::plan {
namespace {

constexpr std::size_t kPiece = std::size_t{64} * 1024;

// Block YAML. Scalars follow their key on its line; what holds more goes below it.
class Writer {
 public:
  explicit Writer(const PlanSink& sink) : sink_(sink) { out_.reserve(2 * kPiece); }

  ~Writer() { sink_(out_); }

  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void entry(std::size_t depth, std::string_view key, const std::string& value) {
    begin(depth, key, ": ");
    quoted(value);
    end_line();
  }

  void entry(std::size_t depth, std::string_view key, bool value) {
    begin(depth, key, value ? ": true" : ": false");
    end_line();
  }

  template <std::integral T>
  void entry(std::size_t depth, std::string_view key, T value) {
    begin(depth, key, ": ");
    number(value);
    end_line();
  }

  void entry(std::size_t depth, std::string_view key, Duration value) {
    entry(depth, key, to_string(value));
  }

  template <Record T>
  void entry(std::size_t depth, std::string_view key, const T& value) {
    begin(depth, key, ":");
    end_line();
    body(depth + 1, value);
  }

  template <typename T>
  void entry(std::size_t depth, std::string_view key, const std::vector<T>& values) {
    begin(depth, key, values.empty() ? ": []" : ":");
    end_line();
    for (const T& value : values) {
      item(depth + 1, value);
    }
  }

  template <Record T>
  void body(std::size_t depth, const T& value) {
    T::fields(value, [&](FieldKey key, const auto& field) { field_of(depth, key, field); });
  }

  void body(std::size_t depth, const Step& step) {
    Step::fields(step, [&](FieldKey key, const auto& value) { field_of(depth, key, value); });
    begin(depth, "kind", ": ");
    quoted(kind_of(step.action));
    end_line();
    std::visit(
        [&](const auto& action) {
          begin(depth, "with", has_fields(action) ? ":" : ": {}");
          end_line();
          body(depth + 1, action);
        },
        step.action);
  }

 private:
  template <typename T>
  void field_of(std::size_t depth, FieldKey key, const T& value) {
    if (!key.sparse || value != T{}) {
      entry(depth, key, value);
    }
  }

  // The first line of an item of a list has its dash in its margin.
  void margin(std::size_t depth) {
    out_.append(depth * 2, ' ');
    if (dash_) {
      out_[out_.size() - 2] = '-';
      dash_ = false;
    }
  }

  void begin(std::size_t depth, std::string_view key, std::string_view then) {
    margin(depth);
    out_ += key;
    out_ += then;
  }

  void end_line() {
    out_ += '\n';
    if (out_.size() > kPiece) {
      sink_(out_);
      out_.clear();
    }
  }

  template <std::integral T>
  void number(T value) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
    out_.append(digits.begin(), end);
  }

  void quoted(std::string_view text) {
    out_ += '"';
    std::size_t plain = 0;  // where the bytes begin that need no escape
    for (std::size_t at = 0; at < text.size(); ++at) {
      const auto byte = static_cast<unsigned char>(text[at]);
      if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7F) {
        continue;
      }
      out_ += text.substr(plain, at - plain);
      plain = at + 1;
      escaped(byte);
    }
    out_ += text.substr(plain);
    out_ += '"';
  }

  void escaped(unsigned char byte) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    out_ += '\\';
    if (byte == '"' || byte == '\\') {
      out_ += static_cast<char>(byte);
    } else {
      out_ += 'x';
      out_ += kDigits[byte >> 4U];
      out_ += kDigits[byte & 0xFU];
    }
  }

  void item(std::size_t depth, const std::string& value) {
    dash_ = true;
    margin(depth + 1);
    quoted(value);
    end_line();
  }

  void item(std::size_t depth, std::int64_t value) {
    dash_ = true;
    margin(depth + 1);
    number(value);
    end_line();
  }

  template <Record T>
  void item(std::size_t depth, const T& value) {
    dash_ = true;
    body(depth + 1, value);
  }

  const PlanSink& sink_;
  std::string out_;
  bool dash_ = false;
};

}  // namespace

void write_content(const Plan& plan, const PlanSink& sink) {
  Writer writer(sink);
  writer.entry(0, "plan", kPlanSchema);
  writer.entry(0, "language", kLanguageEdition);
  writer.body(0, plan);
}

}  // namespace backstay::plan
