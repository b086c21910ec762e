// cypher/plan/statistics.hpp: what the planner knows of the data, by name.
//
// Counts are exact; shares are estimates. Planning reads nothing else of the graph.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/view.hpp"

namespace kith::plan {

enum class End : std::uint8_t { Start, End };  // of a relationship

class Statistics {
 public:
  virtual ~Statistics() = default;
  virtual double nodes() const = 0;
  virtual double nodes(const std::string& label) const = 0;
  virtual double relationships() const = 0;
  virtual double relationships(const std::string& type) const = 0;
  // Of the relationships of that type (empty: of all), the share whose start (end) has the label.
  virtual double share(const std::string& type, End end, const std::string& label) const = 0;
  // The share that runs from nodes with the one label to nodes with the other.
  virtual double share_between(const std::string& type, const std::string& start_label,
                               const std::string& end_label) const {
    return share(type, End::Start, start_label) * share(type, End::End, end_label);
  }
  // How many nodes the starts (ends) of that type are drawn from: those with the rarest label that
  // nearly all of them have, or all nodes.
  virtual double population(const std::string& type, End end) const = 0;
  // The share of the nodes with that label (empty: of all) that one value of the key picks out.
  virtual double equality(const std::string& label, const std::string& key) const = 0;
};

// Of a view: shares come from a sample of some dozens of elements, taken when first asked for.
std::unique_ptr<Statistics> statistics_of(const storage::View& view);

}  // namespace kith::plan
