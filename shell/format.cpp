// shell/format.cpp: the table of formats, and what they share.
#include "shell/format.hpp"

#include <algorithm>
#include <array>

namespace kith::shell {

bool Formatter::error(std::string&, const Error&) { return false; }

const std::vector<FormatDef>& all_formats() {
  static const std::vector<FormatDef> kFormats = {
      {"table", "aligned columns (the default on a terminal)", make_table},
      {"box", "the same with lines of Unicode", make_box},
      {"markdown", "a Markdown table", make_markdown},
      {"csv", "comma-separated values with a header", make_csv},
      {"tsv", "tab-separated values with a header", make_tsv},
      {"json", "an array of objects a statement", make_json},
      {"jsonl", "a JSON object a line (the default for tools)", make_jsonl},
  };
  return kFormats;
}

const FormatDef* find_format(std::string_view name) {
  const auto& all = all_formats();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const FormatDef& f) { return f.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string describe_changes(const Counters& c) {
  struct Change {
    std::uint64_t count;
    const char *verb, *one, *many;
  };
  const std::array changes = {
      Change{c.nodes_created, "created", "node", "nodes"},
      Change{c.relationships_created, "created", "relationship", "relationships"},
      Change{c.nodes_deleted, "deleted", "node", "nodes"},
      Change{c.relationships_deleted, "deleted", "relationship", "relationships"},
      Change{c.properties_set, "set", "property", "properties"},
      Change{c.labels_added, "added", "label", "labels"},
      Change{c.labels_removed, "removed", "label", "labels"},
      Change{c.indexes_added, "added", "index", "indexes"},
      Change{c.indexes_removed, "removed", "index", "indexes"},
      Change{c.constraints_added, "added", "constraint", "constraints"},
      Change{c.constraints_removed, "removed", "constraint", "constraints"},
  };
  std::string out;
  for (const auto& change : changes) {
    if (change.count == 0) continue;
    if (!out.empty()) out += ", ";
    out += std::string(change.verb) + " " + std::to_string(change.count) + " " +
           (change.count == 1 ? change.one : change.many);
  }
  if (!out.empty()) out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

}  // namespace kith::shell
