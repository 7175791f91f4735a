#include "runtime/store/manifest.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

#include "runtime/store/store.hpp"

namespace backstay::runtime {

namespace {

// Readers that do not know it take it for a partial one, which is never `latest` either.
constexpr const char* kKeepCurrent = "keep-current";

using Json = nlohmann::json;  // sorts its keys

constexpr int kIndent = 2;

// Why `replace`: names of components are plain, but facts come from servers.
std::string canonical(const Json& json) {
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json stream_json(const ManifestStream& stream) {
  return {{"name", stream.name}, {"sha256", to_hex(stream.sha256)}, {"size", stream.size}};
}

Json component_to_json(const ManifestComponent& component) {
  Json streams = Json::array();
  for (const ManifestStream& stream : component.streams)
    streams.push_back(stream_json(stream));
  return {{"entries", component.entries},
          {"facts", Json::parse(component.facts)},
          {"files", component.files},
          {"kind", component.kind},
          {"linked-bytes", component.linked_bytes},
          {"name", component.name},
          {"plain-bytes", component.plain_bytes},
          {"stored-bytes", component.stored_bytes},
          {"streams", std::move(streams)}};
}

ManifestComponent component_from_json(const Json& json) {
  ManifestComponent component;
  component.entries = json.at("entries").get<std::uint64_t>();
  component.facts = json.at("facts").dump();
  component.files = json.at("files").get<std::uint64_t>();
  json.at("kind").get_to(component.kind);
  component.linked_bytes = json.value("linked-bytes", std::uint64_t{0});
  json.at("name").get_to(component.name);
  component.plain_bytes = json.at("plain-bytes").get<std::uint64_t>();
  component.stored_bytes = json.at("stored-bytes").get<std::uint64_t>();
  for (const Json& stream : json.at("streams")) {
    auto digest = parse_digest(stream.at("sha256").get<std::string>());
    if (!digest)
      throw Json::other_error::create(501, digest.error().message, &json);
    component.streams.push_back(
        {stream.at("name").get<std::string>(), stream.at("size").get<std::uint64_t>(), *digest});
  }
  return component;
}

Json units_to_json(const std::vector<RecordedUnit>& units) {
  Json list = Json::array();
  for (const RecordedUnit& unit : units) {
    list.push_back({{"active", unit.active},
                    {"file-state", unit.file_state},
                    {"owner", unit.owner},
                    {"unit", unit.unit}});
  }
  return list;
}

std::vector<RecordedUnit> units_from_json(const Json& json) {
  std::vector<RecordedUnit> units;
  for (const Json& unit : json.value("units", Json::array())) {
    units.push_back({.unit = unit.at("unit").get<std::string>(),
                     .active = unit.at("active").get<std::string>(),
                     .file_state = unit.at("file-state").get<std::string>(),
                     .owner = unit.at("owner").get<std::string>()});
  }
  return units;
}

Manifest manifest_from_json(const Json& json) {
  Manifest manifest;
  json.at("backup").get_to(manifest.backup);
  json.at("boot").get_to(manifest.boot);
  for (const Json& component : json.at("components")) {
    manifest.components.push_back(component_from_json(component));
  }
  json.at("failed").get_to(manifest.failed);
  json.at("finished").get_to(manifest.finished);
  json.at("host").get_to(manifest.host);
  json.at("id").get_to(manifest.id);
  json.at("plan-sha256").get_to(manifest.plan_digest);
  json.at("policy").get_to(manifest.policy);
  if (const Json& previous = json.at("previous"); !previous.is_null()) {
    previous.at("id").get_to(manifest.previous);
    previous.at("manifest-sha256").get_to(manifest.previous_manifest);
  }
  json.at("run").get_to(manifest.run);
  manifest.units = units_from_json(json);
  manifest.sequence = json.at("sequence").get<std::uint64_t>();
  json.at("started").get_to(manifest.started);
  const auto status = json.at("status").get<std::string>();
  manifest.partial = status != "complete";
  manifest.keep_current = status == kKeepCurrent;
  json.at("store").get_to(manifest.store);
  json.at("tool").get_to(manifest.tool);
  manifest.contents = json.value("contents", "");
  if (json.contains("sealed")) {
    const Json& sealed = json.at("sealed");
    manifest.sealed_copy = sealed.at("copy").get<bool>();
    sealed.at("key").get_to(manifest.seal.name);
    sealed.at("recipients").get_to(manifest.seal.recipients);
  }
  return manifest;
}

Error broken(const std::string& file_name, const std::string& why) {
  return Error{.kind = ErrorKind::BadInput, .message = "`" + file_name + "` is broken: " + why};
}

}  // namespace

std::string to_json(const Manifest& manifest) {
  Json components = Json::array();
  for (const ManifestComponent& component : manifest.components) {
    components.push_back(component_to_json(component));
  }
  Json previous = nullptr;
  if (!manifest.previous.empty()) {
    previous = {{"id", manifest.previous}, {"manifest-sha256", manifest.previous_manifest}};
  }
  Json json = {{"backup", manifest.backup},
               {"boot", manifest.boot},
               {"components", std::move(components)},
               {"failed", manifest.failed},
               {"finished", manifest.finished},
               {"format", {{"major", kStoreMajor}, {"minor", 0}}},
               {"host", manifest.host},
               {"id", manifest.id},
               {"plan-sha256", manifest.plan_digest},
               {"policy", manifest.policy},
               {"previous", std::move(previous)},
               {"run", manifest.run},
               {"sequence", manifest.sequence},
               {"started", manifest.started},
               {"status", manifest.keep_current ? kKeepCurrent
                          : manifest.partial    ? "partial"
                                                : "complete"},
               {"store", manifest.store},
               {"units", units_to_json(manifest.units)},
               {"tool", manifest.tool}};
  if (!manifest.contents.empty())
    json["contents"] = manifest.contents;
  if (manifest.seal.seals()) {
    json["sealed"] = {{"copy", manifest.sealed_copy},
                      {"key", manifest.seal.name},
                      {"recipients", manifest.seal.recipients}};
  }
  return canonical(json);
}

Manifest without_details(Manifest manifest) {
  for (ManifestComponent& component : manifest.components) {
    component.facts = "{}";
    component.streams.clear();
  }
  manifest.units.clear();
  return manifest;
}

Result<Manifest> with_details(Manifest clear, const Manifest& details) {
  const Error other{.kind = ErrorKind::Verification,
                    .message = "the details of snapshot `" + clear.id + "` are of another one"};
  if (details.id != clear.id || details.components.size() != clear.components.size())
    return other;
  for (std::size_t i = 0; i < clear.components.size(); ++i) {
    ManifestComponent& component = clear.components[i];
    const ManifestComponent& whole = details.components[i];
    const bool same = component.name == whole.name && component.kind == whole.kind &&
                      component.entries == whole.entries &&
                      component.plain_bytes == whole.plain_bytes;
    if (!same)
      return other;
    component.facts = whole.facts;
    component.streams = whole.streams;
  }
  clear.units = details.units;
  return clear;
}

Result<Manifest> parse_manifest(const std::string& text, const std::string& file_name) {
  try {
    const Json json = Json::parse(text);
    const int major = json.at("format").at("major").get<int>();
    if (major != kStoreMajor) {
      return Error{.kind = ErrorKind::BadInput,
                   .message = "`" + file_name + "` has format " + std::to_string(major) +
                              ", this version knows " + std::to_string(kStoreMajor),
                   .hint = "use a newer version of Backstay"};
    }
    return manifest_from_json(json);
  } catch (const Json::exception& problem) {
    return broken(file_name, problem.what());
  }
}

Result<Digest> parse_digest(const std::string& text) {
  Digest digest{};
  for (std::size_t i = 0; i < digest.size() && text.size() == 2 * digest.size(); ++i) {
    const char* at = text.data() + 2 * i;
    (void)std::from_chars(at, at + 2, digest[i], 16);
  }
  if (to_hex(digest) == text)
    return digest;
  return Error{.kind = ErrorKind::BadInput, .message = "`" + text + "` is no SHA-256"};
}

Result<std::string> canonical_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object())
    return broken("facts of a component", "no JSON object");
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string component_json(const std::string& source) {
  return canonical({{"source", source}});
}

Result<std::string> parse_component_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("source") || !json["source"].is_string()) {
    return broken("component.json", "no `source`");
  }
  return json["source"].get<std::string>();
}

}  // namespace backstay::runtime
