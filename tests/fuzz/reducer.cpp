// tests/fuzz/reducer.cpp: see reducer.hpp.
#include "tests/fuzz/reducer.hpp"

#include <algorithm>
#include <cctype>

#include "cypher/prepare.hpp"
#include "tests/fuzz/ast_edit.hpp"

namespace kith::fuzz {
namespace {

// Words, numbers, strings and single characters, each with the space before it.
std::vector<std::string> tokens_of(const std::string& text) {
  std::vector<std::string> tokens;
  std::size_t at = 0;
  const auto is_word = [&](std::size_t i) {
    const auto c = static_cast<unsigned char>(text[i]);
    return std::isalnum(c) != 0 || c == '_' || c >= 0x80;
  };
  while (at < text.size()) {
    auto end = at;
    while (end < text.size() && std::isspace(static_cast<unsigned char>(text[end])) != 0) ++end;
    if (end == text.size()) break;
    if (text[end] == '\'') {
      end = text.find('\'', end + 1);
      end = end == std::string::npos ? text.size() : end + 1;
    } else if (is_word(end)) {
      while (end < text.size() && is_word(end)) ++end;
    } else {
      ++end;
    }
    tokens.push_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

std::string joined(const std::vector<std::string>& tokens) {
  std::string text;
  for (const auto& token : tokens) text += token;
  const auto begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin);
}

bool is_balanced(const std::vector<std::string>& tokens, std::size_t from, std::size_t to) {
  std::string open;
  for (auto i = from; i < to; ++i) {
    const char c = tokens[i].back();
    if (c == '(' || c == '[' || c == '{') open += c;
    if (c == ')' || c == ']' || c == '}') {
      const char wanted = c == ')' ? '(' : c == ']' ? '[' : '{';
      if (open.empty() || open.back() != wanted) return false;
      open.pop_back();
    }
  }
  return open.empty();
}

std::string bare(const std::string& token) {
  const auto begin = token.find_first_not_of(' ');
  return begin == std::string::npos ? "" : token.substr(begin);
}

bool orders_all(const ast::Projection& body) {
  if (!body.skip && !body.limit) return true;
  if (body.star) return false;
  return std::all_of(body.items.begin(), body.items.end(), [&](const auto& item) {
    if (!item.alias) return false;
    return std::any_of(body.order.begin(), body.order.end(), [&](const auto& sort) {
      const auto* node = &sort.value->node;
      if (const auto* property = std::get_if<ast::Property>(node);
          property != nullptr && property->key.text == "uid")
        node = &property->subject->node;
      const auto* named = std::get_if<ast::Variable>(node);
      return named != nullptr && named->name == item.alias->text;
    });
  });
}

bool uses_lengths_alone(const std::string& query) {
  const auto tokens = tokens_of(query);
  for (std::size_t i = 2; i < tokens.size(); ++i) {
    if (bare(tokens[i]) != "shortestPath" || bare(tokens[i - 1]) != "=") continue;
    const auto name = bare(tokens[i - 2]);
    for (std::size_t j = 0; j < tokens.size(); ++j) {
      if (bare(tokens[j]) != name || j == i - 2) continue;
      if (j < 2 || bare(tokens[j - 1]) != "(" || bare(tokens[j - 2]) != "length") return false;
    }
  }
  return true;
}

class Reducer {
 public:
  Reducer(Case& question, const StillBroken& broken, int budget)
      : case_(question), broken_(broken), budget_(budget) {}

  void run() {
    for (bool changed = true; changed && budget_ > 0;) {
      changed = false;
      changed |= shorten(case_.query);
      if (case_.oracle == Oracle::Write) changed |= drop(case_.condition);
      if (!case_.condition.empty()) changed |= shorten(case_.condition);
      changed |= shrink_graph();
    }
  }

 private:
  bool accepts(const Case& candidate) {
    if (budget_ <= 0) return false;
    --budget_;
    return broken_(candidate);
  }

  bool try_text(std::string& part, const std::string& text) {
    if (text == part || text.empty()) return false;
    if (case_.oracle != Oracle::Text) {
      try {
        if (&part == &case_.condition && case_.oracle == Oracle::Partition)
          parsed(text);
        else if (!is_determined(text))
          return false;
      } catch (const Error&) {
        return false;
      }
    }
    const auto old = std::exchange(part, text);
    if (accepts(case_)) return true;
    part = old;
    return false;
  }

  bool shorten(std::string& part) {
    bool changed = false;
    for (std::size_t size = tokens_of(part).size(); size > 0;
         size = size > 12 ? size / 2 : size - 1)
      for (std::size_t from = 0; from + size <= tokens_of(part).size();)
        if (leave_out(part, from, size))
          changed = true;
        else
          ++from;
    return simplify(part) || changed;
  }

  bool leave_out(std::string& part, std::size_t from, std::size_t size) {
    auto tokens = tokens_of(part);
    if (from + size > tokens.size() || !is_balanced(tokens, from, from + size)) return false;
    const auto begin = tokens.begin() + static_cast<std::ptrdiff_t>(from);
    tokens.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
    return try_text(part, joined(tokens));
  }

  // Something in brackets by a constant; brackets that hold one thing by it.
  bool simplify(std::string& part) {
    bool changed = false;
    for (std::size_t from = 0; from < tokens_of(part).size(); ++from) {
      const auto tokens = tokens_of(part);
      if (bare(tokens[from]) != "(" && bare(tokens[from]) != "[" && bare(tokens[from]) != "{")
        continue;
      auto to = from + 1;
      while (to <= tokens.size() && !is_balanced(tokens, from, to)) ++to;
      if (to > tokens.size()) continue;
      for (const auto* by : {" true", " 1", " null", "inside"}) {
        std::vector<std::string> next(tokens.begin(),
                                      tokens.begin() + static_cast<std::ptrdiff_t>(from));
        if (by == std::string("inside"))
          next.insert(next.end(), tokens.begin() + static_cast<std::ptrdiff_t>(from) + 1,
                      tokens.begin() + static_cast<std::ptrdiff_t>(to) - 1);
        else
          next.emplace_back(by);
        next.insert(next.end(), tokens.begin() + static_cast<std::ptrdiff_t>(to), tokens.end());
        if (!try_text(part, joined(next))) continue;
        changed = true;
        break;
      }
    }
    return changed;
  }

  template <class Items>
  bool drop_items(Items& items) {
    bool changed = false;
    for (std::size_t size = std::max<std::size_t>(items.size() / 2, 1); size > 0; size /= 2) {
      for (std::size_t at = 0; at + size <= items.size();) {
        const Items old = items;
        const auto begin = items.begin() + static_cast<std::ptrdiff_t>(at);
        items.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
        if (accepts(case_)) {
          changed = true;
        } else {
          items = old;
          ++at;
        }
      }
    }
    return changed;
  }

  bool drop(std::string& part) {
    if (part.empty()) return false;
    const auto old = std::exchange(part, "");
    if (accepts(case_)) return true;
    part = old;
    return false;
  }

  bool drop_flag(bool& flag) {
    if (!flag) return false;
    flag = false;
    if (accepts(case_)) return true;
    flag = true;
    return false;
  }

  bool drop_nodes() {
    bool changed = false;
    for (std::size_t i = case_.graph.nodes.size(); i-- > 0;) {
      const Graph old = case_.graph;
      const auto uid = old.nodes[i].uid;
      auto& graph = case_.graph;
      graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i));
      std::erase_if(graph.relationships,
                    [&](const auto& r) { return r.from == uid || r.to == uid; });
      if (accepts(case_))
        changed = true;
      else
        graph = old;
    }
    return changed;
  }

  bool shrink_graph() {
    auto& graph = case_.graph;
    bool changed = drop_items(graph.schema);
    changed |= drop_items(graph.relationships);
    changed |= drop_nodes();
    for (auto* flag : {&graph.reopen, &graph.final_checkpoint, &graph.checkpoint})
      changed |= drop_flag(*flag);
    for (auto& schema : graph.schema) changed |= drop_flag(schema.late);
    for (auto& node : graph.nodes) {
      for (auto* labels : {&node.labels, &node.late_labels, &node.lost_labels})
        changed |= drop_items(*labels);
      changed |= shrink_element(node);
    }
    for (auto& r : graph.relationships) changed |= shrink_element(r);
    return changed;
  }

  template <class Element>
  bool shrink_element(Element& element) {
    bool changed = drop_items(element.properties);
    for (auto& property : element.properties) changed |= drop_flag(property.late);
    changed |= drop_flag(element.doomed);
    changed |= drop_flag(element.late);
    return changed;
  }

  Case& case_;
  const StillBroken& broken_;
  int budget_;
};

}  // namespace

bool is_determined(const std::string& query) {
  auto ast = cypher::parse(query);
  bool out = uses_lengths_alone(query);
  visit(ast, {.projection = [&](ast::Projection& body) { out = out && orders_all(body); }});
  return out;
}

Case reduced(Case broken_case, const StillBroken& broken, int budget) {
  Reducer(broken_case, broken, budget).run();
  return broken_case;
}

std::string transcript_of(const Case& question, const Verdict& verdict) {
  std::string out = "# oracle: " + std::string(oracle_name(question.oracle)) +
                    "\n:reset\n:param {one: 1, two: 2, text: 'a', none: null, list: [1, 2, 'a', "
                    "null], half: 0.5, day: date('2020-01-01'), map: {k: 1, s: 'a'}}\n";
  for (const auto& step : build_steps(question.graph, true)) {
    switch (step.kind) {
      case Step::Kind::Statement:
        out += step.text + ";\n";
        break;
      case Step::Kind::Checkpoint:
        out += "# a checkpoint here\n";
        break;
      case Step::Kind::Reopen:
        out += "# closed and opened here\n";
        break;
    }
  }
  out += question.query + ";\n";
  if (!question.condition.empty())
    out += "# condition, or what follows: " + question.condition + "\n";
  out += "# against:\n" + verdict.right + ";\n# " + verdict.difference + "\n";
  return out;
}

}  // namespace kith::fuzz
