// cypher/plan/statistics.hpp: what the planner knows of the data, by name.
//
// Counts are exact; shares are estimates. Planning reads nothing else of the graph.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/cell.hpp"
#include "cypher/plan/premises.hpp"
#include "cypher/plan/value_sample.hpp"
#include "storage/schema.hpp"
#include "storage/view.hpp"

namespace kith::plan {

enum class End : std::uint8_t { Start, End };  // of a relationship

// An index that can be read.
struct IndexFacts {
  std::string name;
  storage::ElementKind on = storage::ElementKind::Node;
  std::string token;  // the label or type
  std::vector<std::string> keys;
  bool unique = false;
  double entries = 0;
  std::vector<double> distinct;  // values of the first key, of the first two together, …
  std::uint32_t id = 0;
};

class Statistics {
 public:
  virtual ~Statistics() = default;
  virtual double nodes() const = 0;
  // As the planner is to take it: see Growing.
  double nodes(const std::string& label) const;
  virtual double labelled(const std::string& label) const = 0;  // that there are now
  virtual double relationships() const = 0;
  virtual double relationships(const std::string& type) const = 0;
  // Of the relationships of that type (empty: of all), the share whose start (end) has the label.
  virtual double share(const std::string& type, End end, const std::string& label) const = 0;
  // The share that runs from nodes with the one label to nodes with the other.
  virtual double share_between(const std::string& type, const std::string& start_label,
                               const std::string& end_label) const {
    return share(type, End::Start, start_label) * share(type, End::End, end_label);
  }
  // How many relationships of another type and direction the start (end) of a relationship of that
  // type has, on average over the relationships: who has many is met often. Nothing if not known.
  virtual std::optional<double> fan_behind(const std::string& type, End end,
                                           const std::string& other, Direction direction) const {
    static_cast<void>(type), static_cast<void>(end);
    static_cast<void>(other), static_cast<void>(direction);
    return std::nullopt;
  }
  // How many nodes the starts (ends) of that type are drawn from: those with the rarest label that
  // nearly all of them have, or all nodes.
  virtual double population(const std::string& type, End end) const = 0;
  // The share of the nodes with that label (empty: of all) that one value of the key picks out.
  virtual double equality(const std::string& label, const std::string& key) const = 0;

  // The key's values of some nodes with that label (empty: of any). Null: there are none to see.
  virtual std::shared_ptr<const ValueSample> values(const std::string& label,
                                                    const std::string& key) const {
    static_cast<void>(label), static_cast<void>(key);
    return nullptr;
  }

  virtual const std::vector<IndexFacts>& indexes() const {
    static const std::vector<IndexFacts> kNone;
    return kNone;
  }
  // The share of an index's entries in the range; nothing if it cannot tell.
  virtual std::optional<double> share(const IndexFacts& index, const ConstantRange& range) const {
    static_cast<void>(index), static_cast<void>(range);
    return std::nullopt;
  }
  // A constraint says that all elements with the label or type have the key.
  virtual bool is_always_there(storage::ElementKind on, const std::string& token,
                               const std::string& key) const {
    static_cast<void>(on), static_cast<void>(token), static_cast<void>(key);
    return false;
  }

  // ---- what the plan rests on, told by who estimates
  virtual void rests_on(const RangePremise& /*premise*/) const {}
  virtual void rests_on(const ItemsPremise& /*premise*/) const {}

 private:
  friend class Growing;
  mutable int growing_ = 0;
};

// What MERGE looks for it makes as it goes, row after row: there will be more of it than there is
// when it is planned. So a scan is not as cheap as it seems where an index could be asked: while
// one of these lives, no label with an index has few nodes.
class Growing {
 public:
  explicit Growing(const Statistics& statistics) : statistics_(statistics) {
    ++statistics_.growing_;
  }
  Growing(const Growing&) = delete;
  Growing& operator=(const Growing&) = delete;
  ~Growing() { --statistics_.growing_; }

 private:
  const Statistics& statistics_;
};

// Of a view: shares come from a sample of some dozens of elements, taken when first asked for.
std::unique_ptr<Statistics> statistics_of(const storage::View& view);
// What a plan made with these statistics, which are those of a view, rests on.
Premises premises_of(const Statistics& statistics);
// See Statistics::share().
std::optional<double> share_of_range(const storage::View& view, const storage::IndexDef& index,
                                     const ConstantRange& range);

// Differs wherever the schema, or which of its indexes can be read, does: a plan made for one does
// not hold for another.
std::uint64_t access_version(const storage::View& view);

}  // namespace kith::plan
