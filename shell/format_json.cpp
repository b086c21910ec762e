// shell/format_json.cpp: json (an array a statement) and jsonl (an object a line, for tools).
#include "shell/format.hpp"
#include "shell/json.hpp"

namespace kith::shell {
namespace {

class JsonFormatter final : public Formatter {
 public:
  void begin(std::string& out, const std::vector<std::string>& columns) override {
    columns_ = columns;
    first_ = true;
    if (!columns_.empty()) out += '[';
  }
  void row(std::string& out, const std::vector<Value>& values) override {
    out += first_ ? "\n{" : ",\n{";
    first_ = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ',';
      append_json_text(out, columns_[i]);
      out += ':';
      append_json(out, values[i]);
    }
    out += '}';
  }
  void end(std::string& out, const Summary&) override {
    if (!columns_.empty()) out += first_ ? "]\n" : "\n]\n";
  }

 private:
  std::vector<std::string> columns_;
  bool first_ = true;
};

class JsonLinesFormatter final : public Formatter {
 public:
  void begin(std::string& out, const std::vector<std::string>& columns) override {
    out += "{\"columns\":[";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += ',';
      append_json_text(out, columns[i]);
    }
    out += "]}\n";
  }
  void row(std::string& out, const std::vector<Value>& values) override {
    out += "{\"row\":[";
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ',';
      append_json(out, values[i]);
    }
    out += "]}\n";
  }
  void end(std::string& out, const Summary& summary) override {
    out += "{\"summary\":{\"rows\":" + std::to_string(summary.rows);
    out += ",\"elapsed_us\":" + std::to_string(summary.elapsed_us);
    out += ",\"type\":\"" + std::string(short_name(summary.type)) + "\"";
    out += ",\"position\":" + std::to_string(summary.position);
    out += ",\"counters\":{";
    append_counters(out, summary.counters);
    out += '}';
    if (summary.plan) {
      out += ",\"plan\":";
      append_plan(out, *summary.plan);
    }
    if (!summary.notifications.empty()) append_notifications(out, summary.notifications);
    out += "}}\n";
  }
  bool error(std::string& out, const Error& error) override {
    out += "{\"error\":{\"type\":";
    append_json_text(out, error.type());
    out += ",\"phase\":";
    append_json_text(out, error.phase_name());
    out += ",\"detail\":";
    append_json_text(out, error.detail());
    out += ",\"code\":";
    append_json_text(out, error.code());
    out += error.retryable() ? ",\"retryable\":true" : ",\"retryable\":false";
    out += ",\"message\":";
    append_json_text(out, error.what());
    out += ",\"line\":" + std::to_string(error.line());
    out += ",\"column\":" + std::to_string(error.column()) + "}}\n";
    return true;
  }

 private:
  static void append_counters(std::string& out, const Counters& c) {
    const std::pair<const char*, std::uint64_t> all[] = {
        {"nodes_created", c.nodes_created},
        {"nodes_deleted", c.nodes_deleted},
        {"relationships_created", c.relationships_created},
        {"relationships_deleted", c.relationships_deleted},
        {"properties_set", c.properties_set},
        {"labels_added", c.labels_added},
        {"labels_removed", c.labels_removed},
        {"indexes_added", c.indexes_added},
        {"indexes_removed", c.indexes_removed},
        {"constraints_added", c.constraints_added},
        {"constraints_removed", c.constraints_removed},
    };
    bool first = true;
    for (const auto& [name, count] : all) {
      out += first ? "\"" : ",\"";
      first = false;
      out += name;
      out += "\":" + std::to_string(count);
    }
  }

  static void append_notifications(std::string& out, const std::vector<Notification>& all) {
    out += ",\"notifications\":[";
    for (const Notification& each : all) {
      out += &each == all.data() ? "{" : ",{";
      const std::pair<std::string_view, std::string_view> texts[] = {
          {"code", each.code},
          {"severity", each.severity_name()},
          {"category", each.category},
          {"title", each.title},
          {"description", each.description}};
      for (const auto& [key, text] : texts) {
        append_json_text(out, key);
        out += ':';
        append_json_text(out, text);
        out += ',';
      }
      out += "\"line\":" + std::to_string(each.at.line);
      out += ",\"column\":" + std::to_string(each.at.column) + "}";
    }
    out += ']';
  }

  static void append_plan(std::string& out, const Plan& plan) {
    out += "{\"name\":";
    append_json_text(out, plan.name);
    out += ",\"details\":";
    append_json_text(out, plan.details);
    out += ",\"estimated_rows\":";
    append_json(out, Value(plan.estimated_rows));
    if (plan.rows) out += ",\"rows\":" + std::to_string(*plan.rows);
    if (plan.elapsed_ns) out += ",\"elapsed_us\":" + std::to_string(*plan.elapsed_ns / 1000);
    if (plan.memory_bytes) out += ",\"memory_bytes\":" + std::to_string(*plan.memory_bytes);
    out += ",\"children\":[";
    for (std::size_t i = 0; i < plan.children.size(); ++i) {
      if (i > 0) out += ',';
      append_plan(out, plan.children[i]);
    }
    out += "]}";
  }
};

}  // namespace

std::unique_ptr<Formatter> make_json(const FormatOptions&) {
  return std::make_unique<JsonFormatter>();
}
std::unique_ptr<Formatter> make_jsonl(const FormatOptions&) {
  return std::make_unique<JsonLinesFormatter>();
}

}  // namespace kith::shell
