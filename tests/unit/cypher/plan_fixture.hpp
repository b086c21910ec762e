// tests/unit/cypher/plan_fixture.hpp: plans as short text, over a graph that exists in numbers
// only.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "cypher/explain.hpp"
#include "cypher/plan/planner.hpp"
#include "cypher/plan/verify.hpp"
#include "cypher/prepare.hpp"

namespace kith::plan_test {

// Persons who know each other, live in cities and like messages; one label a node.
class SocialStatistics : public plan::Statistics {
 public:
  double nodes() const override { return 1'011'100; }
  double labelled(const std::string& label) const override {
    const auto found = kLabels.find(label);
    return found == kLabels.end() ? 0 : found->second;
  }
  double relationships() const override { return 4'211'000; }
  double relationships(const std::string& type) const override {
    const auto found = kTypes.find(type);
    return found == kTypes.end() ? 0 : found->second.count;
  }
  double share(const std::string& type, plan::End end, const std::string& label) const override {
    if (type.empty()) return labelled(label) / nodes();
    return end_label(type, end) == label ? 1 : 0.001;
  }
  double population(const std::string& type, plan::End end) const override {
    return type.empty() ? nodes() : std::max(1.0, labelled(end_label(type, end)));
  }
  double equality(const std::string& label, const std::string& key) const override {
    const double all = label.empty() ? nodes() : std::max(1.0, labelled(label));
    if (key == "id") return 1 / all;
    return key == "name" ? 10 / all : 0.1;
  }

 private:
  struct Type {
    double count;
    std::string start, end;
  };
  static std::string end_label(const std::string& type, plan::End end) {
    const auto found = kTypes.find(type);
    if (found == kTypes.end()) return "";
    return end == plan::End::Start ? found->second.start : found->second.end;
  }
  static inline const std::map<std::string, double> kLabels = {
      {"Person", 10'000}, {"City", 1'000}, {"Country", 100}, {"Message", 1'000'000}};
  static inline const std::map<std::string, Type> kTypes = {
      {"KNOWS", {200'000, "Person", "Person"}},
      {"LIVES_IN", {10'000, "Person", "City"}},
      {"PART_OF", {1'000, "City", "Country"}},
      {"WROTE", {1'000'000, "Person", "Message"}},
      {"LIKES", {3'000'000, "Person", "Message"}}};
};

inline void write_shape(const cypher::PlanDescription& plan, const std::string& indent,
                        std::string& text) {
  text += indent + plan.name + (plan.details.empty() ? "" : " " + plan.details) + "\n";
  for (std::size_t i = plan.children.size(); i-- > 1;) {
    write_shape(plan.children[i], indent + "| ", text);
  }
  if (!plan.children.empty()) write_shape(plan.children[0], indent, text);
}

// The same with indexes: Person(id) unique, Person(name), Person(city, age), Message(length),
// KNOWS(since), LIKES(at), Tag(name) unique, of which there is none yet.
class IndexedStatistics final : public SocialStatistics {
 public:
  const std::vector<plan::IndexFacts>& indexes() const override { return indexes_; }

 private:
  using Kind = storage::ElementKind;
  std::vector<plan::IndexFacts> indexes_ = {
      {"person_id", Kind::Node, "Person", {"id"}, true, 10'000, {10'000}},
      {"person_name", Kind::Node, "Person", {"name"}, false, 10'000, {1'000}},
      {"person_place", Kind::Node, "Person", {"city", "age"}, false, 5'000, {500, 4'000}},
      {"message_length", Kind::Node, "Message", {"length"}, false, 1'000'000, {1'000}},
      {"knows_since", Kind::Relationship, "KNOWS", {"since"}, false, 200'000, {20'000}},
      {"likes_at", Kind::Relationship, "LIKES", {"at"}, false, 3'000'000, {3'000'000}},
      {"tag_name", Kind::Node, "Tag", {"name"}, true, 0, {0}}};
};

inline plan::Plan plan_of(const std::string& text, bool optimise = true,
                          const plan::Statistics& statistics = SocialStatistics(),
                          Folding folding = Folding::automatic) {
  const ProcedureRegistry procedures;
  const auto query = cypher::bind(cypher::parse(text), {text, procedures});
  return plan::plan_query(query, statistics, optimise, folding);
}

// One operator a line, the root first; inner sides indented by "| " above the input.
inline std::string shape(const plan::Plan& plan) {
  std::string text = "\n";
  write_shape(cypher::describe(*plan.root, plan.slots), "", text);
  return text + plan::defect_of(*plan.root);
}
inline std::string shape(const std::string& text, bool optimise = true) {
  return shape(plan_of(text, optimise));
}
inline std::string indexed_shape(const std::string& text, bool optimise = true) {
  return shape(plan_of(text, optimise, IndexedStatistics()));
}

}  // namespace kith::plan_test
