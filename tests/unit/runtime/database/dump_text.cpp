#include "dump_text.hpp"

#include "runtime/database/sql_text.hpp"

namespace backstay::runtime::testing {

std::string dump_header() {
  return "/*M!999999\\- enable the sandbox mode */ \n"
         "-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)\n"
         "--\n"
         "-- Host: localhost    Database: \n"
         "-- ------------------------------------------------------\n"
         "-- Server version\t10.11.19-MariaDB\n"
         "\n"
         "/*!40101 SET NAMES utf8mb4 */;\n"
         "/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;\n"
         "/*!40103 SET TIME_ZONE='+00:00' */;\n"
         "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n"
         "/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;\n"
         "\n";
}

std::string dump_footer() {
  return "/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;\n"
         "\n"
         "/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;\n"
         "/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;\n"
         "\n"
         "-- Dump completed\n";
}

std::string escape_text(const std::string& text) {
  std::string escaped;
  for (const char byte : text) {
    switch (byte) {
      case '\n':
        escaped += "\\n";
        break;
      case '\r':
        escaped += "\\r";
        break;
      case '\0':
        escaped += "\\0";
        break;
      case '\'':
      case '"':
      case '\\':
        escaped += '\\';
        escaped += byte;
        break;
      default:
        escaped += byte;
    }
  }
  return escaped;
}

std::string dump_section(const DatabaseText& database) {
  const std::string name = quote_name(database.name);
  std::string text = "--\n-- Current Database: " + name +
                     "\n--\n\nCREATE DATABASE /*!32312 IF NOT EXISTS*/ " + name +
                     " /*!40100 DEFAULT CHARACTER SET utf8mb4 */;\n\nUSE " + name + ";\n";
  for (const TableText& table : database.tables) {
    const std::string quoted = quote_name(table.name);
    text += "\n--\n-- Table structure for table " + quoted + "\n--\n\nDROP TABLE IF EXISTS " +
            quoted + ";\n/*!40101 SET character_set_client = utf8mb4 */;\nCREATE TABLE " + quoted +
            " (\n  `id` int(11) NOT NULL,\n  `v` longtext COMMENT '" + escape_text(table.comment) +
            "',\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB\n PARTITION BY LIST (`id`)\n"
            "(PARTITION `p;0` VALUES IN (1,2) COMMENT = 'it\\'s;' ENGINE = InnoDB);\n";
    for (std::size_t row = 0; row < table.values.size(); ++row) {
      const bool first = row % 3 == 0;
      const bool last = row % 3 == 2 || row + 1 == table.values.size();
      if (first)
        text += "INSERT INTO " + quoted + " (`id`, `v`) VALUES\n";
      text += "(" + std::to_string(row) + ",'" + escape_text(table.values[row]) + "',0x00FF27,-1)";
      text += last ? ";\n" : ",\n";
    }
    text += "/*!40000 ALTER TABLE " + quoted + " ENABLE KEYS */;\n";
  }
  return text + "\n";
}

std::string dump_text(const std::vector<DatabaseText>& databases) {
  std::string text = dump_header();
  for (const DatabaseText& database : databases)
    text += dump_section(database);
  return text + dump_footer();
}

}  // namespace backstay::runtime::testing
