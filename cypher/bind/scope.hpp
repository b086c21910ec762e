// cypher/bind/scope.hpp: which names can be seen, and which slots they stand for.
//
// Names holds the slots of the whole statement and a stack of scopes. WITH replaces the innermost
// scope; comprehensions and subqueries push one for as long as an Inner lives. What a subquery
// reads from outside is noted while names are found.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/assert.hpp"
#include "cypher/bind/types.hpp"

namespace kith::cypher {

struct NamedSlot {
  std::string name;
  Slot slot;
};

struct SlotFacts {
  std::string name;  // empty: anonymous
  bound::TypeSet types;
  bound::TypeSet elements;  // of the list it may hold
};

class Names {
 public:
  Names() : scopes_(1) {}

  // ---- slots
  Slot add_slot(std::string name, bound::TypeSet types,
                bound::TypeSet elements = bound::TypeSet::any());
  const SlotFacts& facts(Slot slot) const {
    KITH_ASSERT(slot < slots_.size());
    return slots_[slot];
  }
  void name_if_anonymous(Slot slot, const std::string& name);
  void set_types(Slot slot, bound::TypeSet types, bound::TypeSet elements);
  const std::vector<SlotFacts>& slots() const { return slots_; }

  // ---- names
  // Looks outward; every subquery between here and there notes the slot as an import.
  std::optional<Slot> find(std::string_view name);
  std::optional<Slot> peek(std::string_view name) const;          // the same, noting nothing
  std::optional<Slot> peek_outside(std::string_view name) const;  // but for the innermost scope
  void declare(const std::string& name, Slot slot);
  const std::vector<NamedSlot>& local() const { return scopes_.back().names; }
  void replace_local(std::vector<NamedSlot> names);  // of two of one name the later is found
  bool was_declared(std::string_view name) const;    // anywhere in the statement so far
  std::vector<std::string> visible() const;          // for suggestions

  // ---- where the row of a LOAD CSV stands: file() and linenumber()
  struct CsvPlace {
    Slot file, line;
  };
  void set_csv(std::optional<CsvPlace> place) { scopes_.back().csv = place; }
  // The innermost one. Looks outward like find(), and past what hides names.
  std::optional<CsvPlace> find_csv();
  const std::optional<CsvPlace>& local_csv() const { return scopes_.back().csv; }

  // A scope inside the present one.
  class Inner {
   public:
    enum class Outside { Visible, Hidden };
    // `imports`: where to note slots that are found outside; may be null.
    explicit Inner(Names& names, std::vector<Slot>* imports = nullptr,
                   Outside outside = Outside::Visible)
        : names_(names) {
      names_.scopes_.push_back({{}, {}, {}, imports, outside == Outside::Hidden});
    }
    ~Inner() { names_.scopes_.pop_back(); }
    Inner(const Inner&) = delete;
    Inner& operator=(const Inner&) = delete;

   private:
    Names& names_;
  };

 private:
  struct Scope {
    std::vector<NamedSlot> names;                    // as declared
    std::map<std::string, Slot, std::less<>> slots;  // by name
    std::optional<CsvPlace> csv;
    std::vector<Slot>* imports = nullptr;
    bool hides_outside = false;
  };
  struct Found {
    Slot slot;
    std::size_t scope;
  };
  std::optional<Found> locate(std::string_view name) const { return locate(name, 0); }
  std::optional<Found> locate(std::string_view name, std::size_t skipped) const;
  void note_import(Slot slot, std::size_t scope);  // found in that scope

  std::vector<SlotFacts> slots_;
  std::vector<Scope> scopes_;
};

}  // namespace kith::cypher
