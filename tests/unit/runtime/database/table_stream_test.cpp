// One large table on its way to several sessions: nothing is lost, doubled or bent.
#include "runtime/database/table_stream.hpp"

#include <algorithm>
#include <cstring>

#include "runtime/database/deferred_keys.hpp"
#include "tests/support/catch.hpp"

namespace backstay::runtime {
namespace {

/// Gives a text in small pieces.
class Pieces final : public StreamReader {
 public:
  explicit Pieces(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t size = std::min({buffer.size(), piece_, text_.size() - at_});
    std::memcpy(buffer.data(), text_.data() + at_, size);
    at_ += size;
    return size;
  }

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

constexpr const char* kCreate =
    "CREATE TABLE `big` (\n"
    "  `id` int(11) NOT NULL AUTO_INCREMENT,\n"
    "  `name` varchar(20) DEFAULT 'it''s, KEY',\n"
    "  PRIMARY KEY (`id`),\n"
    "  UNIQUE KEY `u` (`name`),\n"
    "  KEY `by_name` (`name`,`id`) COMMENT 'a, b',\n"
    "  KEY `by_id` (`id`),\n"
    "  CONSTRAINT `c` CHECK (`id` > 0)\n"
    ") ENGINE=InnoDB";

std::string stream_text(const std::string& create) {
  return "/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump\n\n"
         "/*!40103 SET TIME_ZONE='+00:00' */;\n\n--\n-- Current Database: `d`\n--\n\n"
         "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `d`;\n\nUSE `d`;\n"
         "DROP TABLE IF EXISTS `big`;\n" +
         create +
         ";\n/*!40000 ALTER TABLE `big` DISABLE KEYS */;\n"
         "INSERT INTO `big` VALUES\n(1,'a;'),\n(2,'INSERT INTO `big`');\n"
         "INSERT INTO `big` VALUES\n(3,'c');\n"
         "/*!40000 ALTER TABLE `big` ENABLE KEYS */;\n"
         "/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;\n\n-- Dump completed\n";
}

TableStream stream_of(const std::string& text, std::size_t piece) {
  return {std::make_unique<Pieces>(text, piece), [](std::size_t /*size*/) {}};
}

}  // namespace

TEST_CASE("plain keys of a table are taken out, in their order, and nothing else") {
  const DeferredKeys deferred = defer_keys(kCreate);
  CHECK(deferred.add == "ADD KEY `by_name` (`name`,`id`) COMMENT 'a, b', ADD KEY `by_id` (`id`)");
  CHECK(deferred.create ==
        "CREATE TABLE `big` (\n"
        "  `id` int(11) NOT NULL AUTO_INCREMENT,\n"
        "  `name` varchar(20) DEFAULT 'it''s, KEY',\n"
        "  PRIMARY KEY (`id`),\n"
        "  UNIQUE KEY `u` (`name`),\n"
        "  CONSTRAINT `c` CHECK (`id` > 0)\n"
        ") ENGINE=InnoDB");
}

TEST_CASE("the last line that is left has no comma, with partitions behind it too") {
  const DeferredKeys deferred = defer_keys(
      "CREATE TABLE `p` (\n  `id` int(11) NOT NULL,\n  PRIMARY KEY (`id`),\n  KEY `k` (`id`)\n"
      ") ENGINE=InnoDB\n PARTITION BY RANGE (`id`)\n(PARTITION `a` VALUES LESS THAN (1)\n"
      " (SUBPARTITION `s` ENGINE = InnoDB,\n  SUBPARTITION `t` ENGINE = InnoDB))");
  CHECK(deferred.add == "ADD KEY `k` (`id`)");
  CHECK(deferred.create.find("  PRIMARY KEY (`id`)\n) ENGINE") != std::string::npos);
  CHECK(deferred.create.find("`s` ENGINE = InnoDB,\n  SUBPARTITION `t`") != std::string::npos);
}

TEST_CASE("keys stay where a foreign key, a counting column or an odd name may need them") {
  const std::string table = "CREATE TABLE `t` (\n  `a` int(11) NOT NULL";
  for (const std::string& rest : {
           std::string(
               ",\n  KEY `k` (`a`),\n  CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `x` (`a`)\n)"),
           std::string(" AUTO_INCREMENT,\n  KEY `k` (`a`)\n)"),
           std::string(
               " AUTO_INCREMENT,\n  `b` int,\n  PRIMARY KEY (`b`,`a`),\n  KEY `k` (`a`)\n)"),
           std::string(",\n  `odd\n  KEY `` int,\n  KEY `k` (`a`)\n)"),
           std::string("\n)"),
       }) {
    INFO(rest);
    const DeferredKeys deferred = defer_keys(table + rest);
    CHECK(deferred.add.empty());
    CHECK(deferred.create == table + rest);
  }
}

TEST_CASE("every row of a table's stream is given once, wherever the stream is cut") {
  const std::string text = stream_text(kCreate);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20U}) {
    TableStream stream = stream_of(text, piece);
    const auto table = stream.table();
    REQUIRE(table);
    CHECK(table->find("sandbox") == std::string::npos);
    CHECK(table->find("CREATE DATABASE") == std::string::npos);
    CHECK(table->find("USE ") == std::string::npos);
    CHECK(table->find("by_name") == std::string::npos);
    CHECK(table->find("DROP TABLE IF EXISTS `big`;") != std::string::npos);
    CHECK(stream.settings() == "/*!40103 SET TIME_ZONE='+00:00' */;\n");
    CHECK(stream.may_share());
    CHECK(stream.rows().value() ==
          "INSERT INTO `big` VALUES\n(1,'a;'),\n(2,'INSERT INTO `big`');\n");
    CHECK(stream.rows().value() == "INSERT INTO `big` VALUES\n(3,'c');\n");
    CHECK_FALSE(stream.rows().value());
    CHECK_FALSE(stream.rows().value());
    CHECK(stream.complete(true) ==
          "/*!40103 SET TIME_ZONE='+00:00' */;\nALTER TABLE `big` ADD KEY `by_name` (`name`,`id`) "
          "COMMENT 'a, b', ADD KEY `by_id` (`id`);\n");
    CHECK(stream.complete(false).find(", ALGORITHM=COPY;") != std::string::npos);
  }
}

TEST_CASE("a table without a primary key keeps the order of its rows: one session") {
  TableStream stream = stream_of(stream_text("CREATE TABLE `big` (\n  `id` int(11)\n)"), 100);
  REQUIRE(stream.table());
  CHECK_FALSE(stream.may_share());
  CHECK(stream.complete(true).empty());
}

TEST_CASE("a stream that is cut, or holds a second table, is refused") {
  std::string text = stream_text(kCreate);
  TableStream cut = stream_of(text.substr(0, text.find("(3,'c'")), 100);
  REQUIRE(cut.table());
  REQUIRE(cut.rows());
  CHECK_FALSE(cut.rows());
  text.insert(text.find("/*!40000 ALTER TABLE `big` ENABLE"), "CREATE TABLE `other` (`a` int);\n");
  TableStream second = stream_of(text, 1);
  REQUIRE(second.table());
  REQUIRE(second.rows());
  REQUIRE(second.rows());
  const auto refused = second.rows();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("other") != std::string::npos);
}

}  // namespace backstay::runtime
