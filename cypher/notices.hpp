// cypher/notices.hpp: what a statement does that is allowed and perhaps not meant.
//
// They are found in the text once, when it is prepared. Whether a name is in the graph is asked
// when somebody wants to know: a cached statement outlives many states of the graph.
#pragma once

#include <string>
#include <vector>

#include "cypher/parse/ast.hpp"
#include "kith/notification.hpp"
#include "storage/view.hpp"

namespace kith::cypher {

struct Notice {
  enum class Kind : std::uint8_t {
    Label,  // this and the next two: if `name` is not in the graph
    Type,
    Key,
    CartesianProduct,
    UnboundedLength,
    Deprecated  // a function, and `instead` what to use
  };
  Kind kind;
  std::string name, instead;
  Position at;
};

std::vector<Notice> notices_of(const ast::Query& query);

// Of those that hold for `view`.
std::vector<Notification> notifications(const std::vector<Notice>& notices,
                                        const storage::View& view);

}  // namespace kith::cypher
