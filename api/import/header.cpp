// api/import/header.cpp: see header.hpp.
#include "api/import/header.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace kith::import {
namespace {

template <class T>
constexpr std::int64_t lowest() {
  return std::numeric_limits<T>::min();
}
template <class T>
constexpr std::int64_t highest() {
  return std::numeric_limits<T>::max();
}

struct TypeName {
  std::string_view name;
  ValueType type;
  std::int64_t min = 0, max = 0;
};
constexpr auto kInteger = ValueType::Integer;
constexpr std::array kTypes = {
    TypeName{"string", ValueType::String},
    TypeName{"char", ValueType::String},
    TypeName{"int", kInteger, lowest<std::int64_t>(), highest<std::int64_t>()},
    TypeName{"integer", kInteger, lowest<std::int64_t>(), highest<std::int64_t>()},
    TypeName{"long", kInteger, lowest<std::int64_t>(), highest<std::int64_t>()},
    TypeName{"short", kInteger, lowest<std::int16_t>(), highest<std::int16_t>()},
    TypeName{"byte", kInteger, lowest<std::int8_t>(), highest<std::int8_t>()},
    TypeName{"float", ValueType::Float},
    TypeName{"double", ValueType::Float},
    TypeName{"boolean", ValueType::Boolean},
    TypeName{"point", ValueType::Point},
    TypeName{"date", ValueType::Date},
    TypeName{"localtime", ValueType::LocalTime},
    TypeName{"time", ValueType::Time},
    TypeName{"localdatetime", ValueType::LocalDateTime},
    TypeName{"datetime", ValueType::DateTime},
    TypeName{"duration", ValueType::Duration},
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return out;
}

std::optional<Role> role_named(std::string_view word) {
  if (word == "ID") return Role::Id;
  if (word == "LABEL") return Role::Label;
  if (word == "START_ID") return Role::StartId;
  if (word == "END_ID") return Role::EndId;
  if (word == "TYPE") return Role::Type;
  if (word == "IGNORE") return Role::Ignore;
  return std::nullopt;
}

class FieldParser {
 public:
  FieldParser(const CsvReader& reader, const CsvField& field, IdType id_type)
      : reader_(reader), field_(field), id_type_(id_type) {}

  ColumnSpec parse() const {
    ColumnSpec spec;
    const auto text = field_.text;
    const auto colon = text.rfind(':');
    spec.name = std::string(text.substr(0, colon));
    spec.type_name =
        colon == std::string_view::npos ? "string" : std::string(text.substr(colon + 1));
    if (spec.type_name.empty()) spec.type_name = "string";
    const auto word = take_space(spec);
    if (const auto role = role_named(word)) {
      spec.role = *role;
      if (spec.role == Role::Id) set_id_type(spec);
      return spec;
    }
    set_property_type(spec, word);
    return spec;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    reader_.fail("BadHeader", "in the header, '" + std::string(field_.text) + "': " + message,
                 field_.column);
  }

  // Cuts "(Space)" off the type.
  std::string take_space(ColumnSpec& spec) const {
    auto word = spec.type_name;
    if (word.find('{') != std::string::npos) fail("options in braces are not supported");
    const auto open = word.find('(');
    if (open == std::string::npos) return word;
    if (!word.ends_with(')')) fail("a parenthesis is not closed");
    spec.space = word.substr(open + 1, word.size() - open - 2);
    return word.substr(0, open);
  }

  void set_id_type(ColumnSpec& spec) const {
    spec.type = id_type_ == IdType::string ? ValueType::String : ValueType::Integer;
    spec.min = lowest<std::int64_t>();
    spec.max = highest<std::int64_t>();
  }

  void set_property_type(ColumnSpec& spec, std::string word) const {
    if (spec.name.empty()) fail("a property column needs a name");
    spec.is_array = word.ends_with("[]");
    if (spec.is_array) word.resize(word.size() - 2);
    const auto wanted = lower(word);
    const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                     [&](const TypeName& t) { return t.name == wanted; });
    if (found == kTypes.end())
      fail("there is no type '" + word +
           "' (int, long, float, double, boolean, byte, short, char, string, point, date, "
           "localtime, time, localdatetime, datetime, duration, with [] for arrays; ID, LABEL, "
           "START_ID, END_ID, TYPE, IGNORE)");
    spec.type = found->type;
    spec.min = found->min;
    spec.max = found->max;
  }

  const CsvReader& reader_;
  const CsvField& field_;
  IdType id_type_;
};

}  // namespace

std::vector<ColumnSpec> parse_header(const CsvReader& reader, const std::vector<CsvField>& fields,
                                     IdType id_type) {
  std::vector<ColumnSpec> specs;
  for (const auto& field : fields) {
    auto spec = FieldParser(reader, field, id_type).parse();
    const auto clash = std::find_if(specs.begin(), specs.end(), [&](const ColumnSpec& other) {
      return spec.role == Role::Property && !spec.name.empty() && other.name == spec.name &&
             other.role != Role::Ignore;
    });
    if (clash != specs.end())
      reader.fail("BadHeader", "the header has two columns named '" + spec.name + "'",
                  field.column);
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace kith::import
