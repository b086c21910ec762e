// cypher/bind/scope.cpp: finding and declaring names.
#include "cypher/bind/scope.hpp"

#include <algorithm>

namespace kith::cypher {

Slot Names::add_slot(std::string name, bound::TypeSet types, bound::TypeSet elements) {
  slots_.push_back({std::move(name), types, elements});
  return static_cast<Slot>(slots_.size() - 1);
}

void Names::name_if_anonymous(Slot slot, const std::string& name) {
  KITH_ASSERT(slot < slots_.size());
  if (slots_[slot].name.empty()) slots_[slot].name = name;
}

void Names::set_types(Slot slot, bound::TypeSet types, bound::TypeSet elements) {
  KITH_ASSERT(slot < slots_.size());
  slots_[slot].types = types;
  slots_[slot].elements = elements;
}

std::optional<Names::Found> Names::locate(std::string_view name, std::size_t skipped) const {
  for (std::size_t i = scopes_.size(); i-- > 0;) {
    const auto found = scopes_[i].slots.find(name);
    const bool is_skipped = i + skipped >= scopes_.size();
    if (found != scopes_[i].slots.end() && !is_skipped) return Found{found->second, i};
    if (scopes_[i].hides_outside) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Slot> Names::find(std::string_view name) {
  const auto found = locate(name);
  if (!found) return std::nullopt;
  note_import(found->slot, found->scope);
  return found->slot;
}

void Names::note_import(Slot slot, std::size_t scope) {
  for (std::size_t i = scope + 1; i < scopes_.size(); ++i) {
    std::vector<Slot>* imports = scopes_[i].imports;
    if (imports == nullptr) continue;
    if (std::find(imports->begin(), imports->end(), slot) == imports->end()) {
      imports->push_back(slot);
    }
  }
}

std::optional<Names::CsvPlace> Names::find_csv() {
  for (std::size_t i = scopes_.size(); i-- > 0;) {
    if (!scopes_[i].csv) continue;
    note_import(scopes_[i].csv->file, i);
    note_import(scopes_[i].csv->line, i);
    return scopes_[i].csv;
  }
  return std::nullopt;
}

std::optional<Slot> Names::peek(std::string_view name) const {
  const auto found = locate(name);
  return found ? std::optional(found->slot) : std::nullopt;
}

std::optional<Slot> Names::peek_outside(std::string_view name) const {
  const auto found = locate(name, 1);
  return found ? std::optional(found->slot) : std::nullopt;
}

void Names::declare(const std::string& name, Slot slot) {
  KITH_ASSERT(slot < slots_.size() && !name.empty());
  scopes_.back().names.push_back({name, slot});
  scopes_.back().slots.insert_or_assign(name, slot);
}

void Names::replace_local(std::vector<NamedSlot> names) {
  Scope& scope = scopes_.back();
  scope.slots.clear();
  for (const NamedSlot& entry : names) scope.slots.insert_or_assign(entry.name, entry.slot);
  scope.names = std::move(names);
}

bool Names::was_declared(std::string_view name) const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [&](const SlotFacts& slot) { return slot.name == name; });
}

std::vector<std::string> Names::visible() const {
  std::vector<std::string> result;
  for (std::size_t i = scopes_.size(); i-- > 0;) {
    for (const NamedSlot& entry : scopes_[i].names) result.push_back(entry.name);
    if (scopes_[i].hides_outside) break;
  }
  return result;
}

}  // namespace kith::cypher
