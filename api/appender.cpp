// api/appender.cpp: rows in, no query text.
#include "api/boundary.hpp"
#include "api/handles.hpp"
#include "core/value_cell.hpp"
#include "kith/import.hpp"

namespace kith {

using api::guarded;

struct Appender::Impl {
  std::unique_ptr<storage::Transaction> writer;
  std::shared_ptr<Connection::Impl> connection;  // shared: keeps the file open while rows come
  Arena arena;

  ~Impl() { end(); }

  storage::Transaction& open() const {
    if (!writer) throw TransactionError("TransactionClosed", "the appender has finished");
    return *writer;
  }
  // The connection may run other statements again.
  void end() noexcept {
    if (!writer) return;
    writer.reset();  // uncommitted: rolls back
    connection->in_transaction = false;
  }

  std::vector<storage::Property> cells(const Properties& properties) {
    arena.reset();
    std::vector<storage::Property> out;
    for (const auto& [key, value] : properties) {
      const auto cell = to_cell(value, arena);
      if (cell.is_null()) continue;
      storage::check_storable(cell);
      out.push_back({writer->intern_key(key), cell});
    }
    return out;
  }
};

Appender::Appender(Connection& connection) : impl_(std::make_unique<Impl>()) {
  guarded([&] {
    impl_->connection = connection.impl_;
    if (impl_->connection->in_transaction)
      throw TransactionError("TransactionOpen", "a transaction is open on this connection already");
    impl_->connection->database->engine.drop_idle_runs();
    impl_->writer = impl_->connection->database->store->begin();
    impl_->writer->begin_statement();
    impl_->connection->in_transaction = true;
  });
}
Appender::Appender(Appender&&) noexcept = default;
Appender& Appender::operator=(Appender&&) noexcept = default;
Appender::~Appender() = default;

std::int64_t Appender::add_node(const std::vector<std::string>& labels,
                                const Properties& properties) {
  return guarded([&] {
    std::vector<LabelId> ids;
    auto& writer = impl_->open();
    ids.reserve(labels.size());
    for (const auto& label : labels) ids.push_back(writer.intern_label(label));
    const auto node = writer.create_node(ids, impl_->cells(properties));
    return static_cast<std::int64_t>(node.value);
  });
}

std::int64_t Appender::add_relationship(std::string_view type, std::int64_t start, std::int64_t end,
                                        const Properties& properties) {
  return guarded([&] {
    auto& writer = impl_->open();
    const auto id = writer.create_relationship(
        writer.intern_type(type), NodeId{static_cast<std::uint64_t>(start)},
        NodeId{static_cast<std::uint64_t>(end)}, impl_->cells(properties));
    return static_cast<std::int64_t>(id.value);
  });
}

std::uint64_t Appender::finish() {
  return guarded([&] {
    auto& writer = impl_->open();
    try {
      writer.end_statement();
      const auto position = writer.commit();
      impl_->end();
      return position;
    } catch (...) {
      impl_->end();  // none of the rows is kept
      throw;
    }
  });
}

}  // namespace kith
