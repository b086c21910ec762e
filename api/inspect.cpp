// api/inspect.cpp: the names of what can be looked at in a file.
#include "kith/inspect.hpp"

#include <algorithm>

#include "api/boundary.hpp"
#include "core/assert.hpp"
#include "storage/inspect.hpp"

namespace kith {
namespace {

struct Topic {
  kith::InspectTopic shown;
  storage::InspectTopic plain, numbered;
};

const std::vector<Topic>& topics() {
  using Of = storage::InspectTopic;
  static const std::vector<Topic> kTopics = {
      {{"meta", "both meta pages"}, Of::Meta, Of::Meta},
      {{"root", "counts and pointers of the newest checkpoint"}, Of::Root, Of::Root},
      {{"names", "labels, types and keys with their numbers"}, Of::Names, Of::Names},
      {{"schema", "indexes and constraints"}, Of::Schema, Of::Schema},
      {{"segments", "all segments, a line each"}, Of::Segments, Of::Segments},
      {{"segment", "one node segment", true, true}, Of::NodeSegment, Of::NodeSegment},
      {{"relationship-segment", "one relationship segment", true, true},
       Of::RelationshipSegment,
       Of::RelationshipSegment},
      {{"page", "one page, and the block that begins there", true, true}, Of::Page, Of::Page},
      {{"free", "free pages"}, Of::Free, Of::Free},
      {{"carry", "log records that the checkpoint carries"}, Of::Carry, Of::Carry},
      {{"log", "all logs; with a number the frames and records of one", true, false},
       Of::Logs,
       Of::Log},
  };
  return kTopics;
}

[[noreturn]] void refuse(const std::string& message) {
  throw QueryError("ArgumentError", "InvalidArgumentValue", message);
}

}  // namespace

const std::vector<InspectTopic>& inspect_topics() {
  static const std::vector<InspectTopic> kShown = [] {
    std::vector<InspectTopic> shown;
    for (const Topic& topic : topics()) shown.push_back(topic.shown);
    return shown;
  }();
  return kShown;
}

std::uint64_t inspect(const std::string& path, const InspectOptions& options,
                      const std::function<void(std::string_view)>& line) {
  return api::guarded([&] {
    const auto found = std::find_if(topics().begin(), topics().end(), [&](const Topic& topic) {
      return topic.shown.name == options.topic;
    });
    if (found == topics().end()) refuse("there is nothing called '" + options.topic + "' to show");
    const bool numbered = options.number >= 0;
    if (found->shown.needs_number && !numbered) refuse("'" + options.topic + "' needs a number");
    if (numbered && !found->shown.takes_number) refuse("'" + options.topic + "' takes no number");
    storage::InspectOptions wanted;
    wanted.environment = posix_environment();
    wanted.topic = numbered ? found->numbered : found->plain;
    wanted.number = numbered ? static_cast<std::uint64_t>(options.number) : 0;
    KITH_ASSERT(!found->shown.help.empty());
    return storage::inspect_database(path, wanted, line);
  });
}

}  // namespace kith
