// api/import/header.cpp: see header.hpp.
#include "api/import/header.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "core/spatial.hpp"
#include "core/text.hpp"
#include "core/time_zone.hpp"

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
    TypeName{"char", ValueType::Character},
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

struct RoleName {
  std::string_view name;
  Role role;
};
constexpr std::array kRoles = {
    RoleName{"ID", Role::Id},
    RoleName{"LABEL", Role::Label},
    RoleName{"START_ID", Role::StartId},
    RoleName{"END_ID", Role::EndId},
    RoleName{"TYPE", Role::Type},
    RoleName{"IGNORE", Role::Ignore},
    RoleName{"ACTION", Role::Action},
    RoleName{"+LABEL", Role::AddedLabel},
    RoleName{"-LABEL", Role::RemovedLabel},
    RoleName{"-PROPERTY", Role::RemovedProperty},
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return out;
}

bool is_id(Role role) { return role == Role::Id || role == Role::StartId || role == Role::EndId; }

class FieldParser {
 public:
  FieldParser(const CsvField& field, IdType id_type) : field_(field), id_type_(id_type) {}

  ColumnSpec parse() const {
    ColumnSpec spec;
    spec.column = field_.column;
    auto text = std::string(trim(field_.text));
    const std::string options = cut_options(text);
    const auto colon = text.rfind(':');
    spec.name = text.substr(0, colon);
    if (colon != std::string::npos) spec.type_name = text.substr(colon + 1);
    if (spec.type_name.empty()) spec.type_name = "string";
    const auto word = take_space(spec);
    set_role_and_type(spec, word);
    if (!spec.space.empty() && !is_id(spec.role))
      fail("only ids have a space in parentheses, not :" + word);
    for_each_option(options, [&](const std::string& key, const std::string& value) {
      set_option(spec, key, value);
    });
    return spec;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw CsvFault{"BadHeader", "the header's field '" + std::string(field_.text) + "': " + message,
                   0, field_.column};
  }

  // Cuts "{…}" off the end.
  std::string cut_options(std::string& text) const {
    if (!text.ends_with('}')) return {};
    const auto open = text.find('{');
    if (open == std::string::npos) fail("there is no '{' to the '}'");
    auto options = text.substr(open + 1, text.size() - open - 2);
    text.resize(open);
    text = std::string(trim(text));
    return options;
  }

  template <class See>
  void for_each_option(const std::string& options, const See& see) const {
    for (std::size_t begin = 0; begin < options.size();) {
      const auto end = std::min(options.find(',', begin), options.size());
      const auto option = options.substr(begin, end - begin);
      const auto colon = option.find(':');
      if (colon == std::string::npos) fail("an option is written {name: value}");
      const auto key = trim(std::string_view(option).substr(0, colon));
      auto value = trim(std::string_view(option).substr(colon + 1));
      const bool quoted = value.size() >= 2 && value.front() == value.back() &&
                          (value.front() == '\'' || value.front() == '"');
      if (quoted) value = value.substr(1, value.size() - 2);
      if (value.empty()) fail("the option " + std::string(key) + " has no value");
      see(std::string(key), std::string(value));
      begin = end + 1;
    }
  }

  void set_option(ColumnSpec& spec, const std::string& key, const std::string& value) const {
    const auto wanted = lower(key);
    const bool zoned = spec.type == ValueType::Time || spec.type == ValueType::DateTime;
    if (is_id(spec.role) && wanted == "label") {
      spec.label = value;
    } else if (is_id(spec.role) && wanted == "id-type") {
      set_id_type(spec, lower(value));
    } else if (spec.role == Role::Property && spec.type == ValueType::Point && wanted == "crs") {
      spec.crs = lower(value);
      spec.srid = srid_of(spec.crs);
    } else if (spec.role == Role::Property && zoned && wanted == "timezone") {
      const bool offset = value[0] == '+' || value[0] == '-' || value == "Z";
      if (!offset && !known_time_zone(value)) fail("there is no time zone '" + value + "'");
      spec.zone = offset ? value : "[" + value + "]";
    } else if (spec.role == Role::Property && wanted == "identifier") {
      spec.identifier = parse_truth(value);
    } else {
      fail("a column of this type has no option '" + key +
           "' (ids: label, id-type; point: crs; time and datetime: timezone; properties: "
           "identifier)");
    }
  }

  bool parse_truth(const std::string& value) const {
    const auto wanted = lower(value);
    if (wanted != "true" && wanted != "false") fail("it is true or false, not " + value);
    return wanted == "true";
  }

  std::uint32_t srid_of(const std::string& crs) const {
    for (const auto srid : {kCartesian2D, kCartesian3D, kWgs84, kWgs84With3D})
      if (crs == crs_name(srid)) return srid;
    fail("there is no coordinate reference system '" + crs +
         "' (wgs-84, wgs-84-3d, cartesian, cartesian-3d)");
  }

  // Cuts "(Space)" off the type.
  std::string take_space(ColumnSpec& spec) const {
    auto word = spec.type_name;
    const auto open = word.find('(');
    if (open == std::string::npos) return word;
    if (!word.ends_with(')')) fail("a parenthesis is not closed");
    spec.space = word.substr(open + 1, word.size() - open - 2);
    return word.substr(0, open);
  }

  void set_role_and_type(ColumnSpec& spec, const std::string& word) const {
    const auto* role = std::find_if(kRoles.begin(), kRoles.end(),
                                    [&](const RoleName& known) { return known.name == word; });
    if (role == kRoles.end()) return set_property_type(spec, word);
    spec.role = role->role;
    if (is_id(spec.role)) {
      spec.type = id_type_ == IdType::string ? ValueType::String : ValueType::Integer;
      spec.min = lowest<std::int64_t>();
      spec.max = highest<std::int64_t>();
    } else if (!spec.name.empty() && spec.role != Role::Ignore) {
      fail("a :" + word + " column has no name");
    }
  }

  void set_id_type(ColumnSpec& spec, const std::string& word) const {
    spec.has_id_type = true;
    spec.min = lowest<std::int64_t>();
    spec.max = highest<std::int64_t>();
    if (word == "string") {
      spec.type = ValueType::String;
      return;
    }
    const auto* found = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName& t) {
      return t.name == word && t.type == kInteger;
    });
    spec.type = ValueType::Integer;
    if (word == "actual") return;
    if (found == kTypes.end())
      fail("there is no id-type '" + word + "' (string, long, int, integer, short, byte, actual)");
    spec.min = found->min;
    spec.max = found->max;
  }

  void set_property_type(ColumnSpec& spec, std::string word) const {
    spec.is_array = word.ends_with("[]");
    if (spec.is_array) word.resize(word.size() - 2);
    const auto wanted = lower(word);
    const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                     [&](const TypeName& t) { return t.name == wanted; });
    if (found == kTypes.end()) fail_unknown(word);
    if (spec.name.empty()) fail("a property column needs a name");
    spec.type = found->type;
    spec.min = found->min;
    spec.max = found->max;
  }

  [[noreturn]] void fail_unknown(const std::string& word) const {
    std::string upper = word;
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) {
      return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    });
    for (const auto& role : kRoles)
      if (role.name == upper) fail("is :" + upper + " meant? It is written in capitals");
    if (lower(word) == "vector") fail("vectors are not supported; float[] holds the same numbers");
    fail("there is no type '" + word +
         "' (int, long, float, double, boolean, byte, short, char, string, point, date, "
         "localtime, time, localdatetime, datetime, duration, with [] for arrays; ID, LABEL, "
         "START_ID, END_ID, TYPE, IGNORE, ACTION, +LABEL, -LABEL, -PROPERTY)");
  }

  const CsvField& field_;
  IdType id_type_;
};

}  // namespace

std::vector<ColumnSpec> parse_header(CsvRow fields, IdType id_type) {
  std::vector<ColumnSpec> specs;
  for (const auto& field : fields) {
    auto spec = FieldParser(field, id_type).parse();
    const auto clash = std::find_if(specs.begin(), specs.end(), [&](const ColumnSpec& other) {
      return spec.is_stored() && other.is_stored() && other.name == spec.name;
    });
    if (clash != specs.end())
      throw CsvFault{"BadHeader", "the header has two columns named '" + spec.name + "'", 0,
                     field.column};
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace kith::import
