// tests/package/consumer/main.cpp: the README's example, compiled against an installed kith.
#include <iostream>
#include <kith/kith.hpp>

int main() {
  kith::Database db =
      kith::Database::open("social.kith", {.threads = 2, .memory_limit = 1ull << 30});
  kith::Connection conn = db.connect();

  conn.execute("CREATE (:Person {id: $id, name: $name})", {{"id", 1}, {"name", "Ada"}});

  kith::PreparedStatement find =
      conn.prepare("MATCH (p:Person {id: $id}) RETURN p.name AS name, p");
  kith::Result result = find.execute({{"id", 1}});
  for (const kith::Row& row : result) {
    std::cout << row["name"].as_string() << '\n';  // std::string_view
    const kith::Node& person = row["p"].as_node();
    std::cout << person.labels()[0] << ' ' << person["name"] << '\n';  // Value prints as Cypher
  }

  kith::Transaction tx = conn.begin(kith::AccessMode::write);
  tx.execute("MATCH (p:Person {id: 1}) SET p.age = 36");
  tx.commit();  // a transaction destroyed uncommitted rolls back

  try {
    conn.execute("RETURN nope");
  } catch (const kith::Error& e) {
    std::cerr << e.what() << " at " << e.line() << ':' << e.column() << '\n';
  }
}
