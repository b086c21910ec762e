// tests/unit/cypher/functions_test.cpp: what functions give for good and bad arguments.
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "cypher/functions/function.hpp"
#include "cypher/functions/rounding.hpp"
#include "cypher/functions/signature.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"
#include "tests/unit/cypher/exec_fixture.hpp"
#include "tests/unit/cypher/function_fixture.hpp"

namespace kith {

using test::value_of;

TEST_CASE("Every row is complete, and no name stands for two functions") {
  std::set<std::string> names;
  const auto check = [&](const auto& row) {
    INFO(row.name);
    std::string lower(row.name);
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    CHECK(names.insert(lower).second);
    CHECK(parse_signature(row.signature).has_value());
    CHECK(row.summary.ends_with('.'));
    CHECK(row.example.find(std::string(row.name) + "(") != std::string::npos);
    CHECK(row.min_arguments <= row.max_arguments);
  };
  for (const FunctionDef* row : all_functions()) {
    check(*row);
    CHECK(row->run != nullptr);
    CHECK((row->instead.empty() || row->instead.find(' ') != std::string::npos ||
           find_function(row->instead) != nullptr));
    CHECK((!row->answer.empty() || row->is_volatile));
    const auto arguments = parsed_signature(*row).arguments.size();
    INFO(row->name);
    CHECK((row->max_arguments == 255 || arguments == row->max_arguments));
  }
  for (const AggregateDef* row : all_aggregates()) {
    check(*row);
    CHECK(row->make != nullptr);
  }
  for (const FunctionDef& form : special_forms()) {
    check(form);
    CHECK(find_function(form.name) == nullptr);
  }
  CHECK(names.size() > 100);
}

TEST_CASE("Functions are found in any case") {
  REQUIRE(find_function("toupper") != nullptr);
  CHECK(find_function("TOUPPER") == find_function("toUpper"));
  CHECK(find_function("Date.Truncate") != nullptr);
  CHECK(find_function("nope") == nullptr);
  CHECK(find_function("") == nullptr);
  CHECK(find_aggregate("STDEV") == find_aggregate("stDev"));
  CHECK(find_aggregate("toUpper") == nullptr);
}

TEST_CASE("Every example has the answer that its row gives") {
  const auto check = [](const auto& row) {
    const std::string example(row.example), name(row.name);
    INFO(name);
    test::QueryDatabase database({});
    const bool is_statement = example.find("RETURN ") != std::string::npos;
    const auto given = database.run(is_statement ? example : "RETURN " + example);
    REQUIRE(given.size() == 1);
    if (row.answer.empty()) return;
    CHECK(given == database.run("RETURN " + std::string(row.answer)));
  };
  for (const FunctionDef* row : all_functions()) check(*row);
  for (const FunctionDef& row : special_forms()) check(row);
  for (const AggregateDef* row : all_aggregates()) check(*row);
}

TEST_CASE("What other databases call a function is answered with what to write here") {
  test::QueryDatabase database({});
  const auto message = [&](const std::string& expression) -> std::string {
    try {
      database.run("RETURN " + expression);
    } catch (const SyntaxError& error) {
      return error.what();
    }
    return "no error";
  };
  CHECK_THAT(message("toInt('1')"), Catch::Contains("use toInteger()"));
  CHECK_THAT(message("LCASE('A')"), Catch::Contains("use toLower()"));
  CHECK_THAT(message("apoc.text.join(['a'], '')"), Catch::Contains("plug-ins of Neo4j"));
  CHECK_THAT(message("toUper('a')"), Catch::Contains("did you mean `toUpper`"));
  CHECK_THAT(message("all([true])"), Catch::Contains("all(variable IN list WHERE condition)"));
  CHECK_THAT(message("length('abc')"), Catch::Contains("size() counts characters"));
  CHECK_THAT(message("length([1])"), Catch::Contains("size() counts characters"));
  CHECK_THAT(message("length(1)"), !Catch::Contains("size()"));
}

TEST_CASE("Conversions give null for text that says nothing, and refuse other types") {
  CHECK(value_of("toBooleanList(['TRUE', ' false ', '', 'yes', 2])") ==
        "[true, false, null, null, true]");
  CHECK(value_of("toBoolean(1.0)") == "TypeError/InvalidArgumentValue");
  CHECK(value_of("toBoolean([])") == "TypeError/InvalidArgumentValue");
  CHECK(value_of("toIntegerList(['42', '-0', '2.9', '1e3', '', 'foo', true, 82.9, -2.9])") ==
        "[42, 0, 2, 1000, null, null, 1, 82, -2]");
  CHECK(value_of("toInteger({})") == "TypeError/InvalidArgumentValue");
  CHECK(value_of("toInteger(1e300)") == "ArithmeticError/IntegerOverflow");
  CHECK(value_of("toInteger('9223372036854775808')") == "ArithmeticError/IntegerOverflow");
  CHECK(value_of("toIntegerOrNull(1e300)") == "null");
  CHECK(value_of("toInteger(sqrt(-1))") == "null");
  CHECK(value_of("toFloatList(['3.4', 3, '5', 'foo', true])") == "[3.4, 3.0, 5.0, null, null]");
  CHECK(value_of("toFloat(true)") == "TypeError/InvalidArgumentValue");
  CHECK(value_of("toString(true)") == "'true'");
  CHECK(value_of("toString(-7)") == "'-7'");
  CHECK(value_of("toString(1e100)") == "'1e100'");
  CHECK(value_of("toString(date('2020-01-31'))") == "'2020-01-31'");
  CHECK(value_of("toString(duration('P1DT2H'))") == "'P1DT2H'");
  CHECK(value_of("toString([])") == "TypeError/InvalidArgumentValue");
  CHECK(value_of("toInteger(null)") == "null");
}

TEST_CASE("Null and nothing") {
  CHECK(value_of("coalesce(null, null)") == "null");
  CHECK(value_of("coalesce(null, 1, 2)") == "1");
  CHECK(value_of("nullIf(1, 1.0)") == "null");
  CHECK(value_of("nullIf(1, null)") == "1");
  CHECK(value_of("nullIf(null, 1)") == "null");
  CHECK(value_of("isEmpty('')") == "true");
  CHECK(value_of("isEmpty({a: 1})") == "false");
  CHECK(value_of("isEmpty(1)") == "TypeError/InvalidArgumentType");
  CHECK(value_of("size(['a', null])") == "2");
  CHECK(value_of("size('🙂é')") == "2");
  CHECK(value_of("size(1)") == "TypeError/InvalidArgumentType");
}

TEST_CASE("valueType is precise") {
  CHECK(value_of("valueType(null)") == "'NULL'");
  CHECK(value_of("valueType(1)") == "'INTEGER NOT NULL'");
  CHECK(value_of("valueType([])") == "'LIST<NOTHING> NOT NULL'");
  CHECK(value_of("valueType([null])") == "'LIST<NULL> NOT NULL'");
  CHECK(value_of("valueType([1, null])") == "'LIST<INTEGER> NOT NULL'");
  CHECK(value_of("valueType([1.5, true, 2, 'a'])") ==
        "'LIST<BOOLEAN NOT NULL | STRING NOT NULL | INTEGER NOT NULL | FLOAT NOT NULL> NOT NULL'");
  CHECK(value_of("valueType([[1], ['a']])") ==
        "'LIST<LIST<INTEGER NOT NULL> NOT NULL | LIST<STRING NOT NULL> NOT NULL> NOT NULL'");
  CHECK(value_of("valueType(datetime('2020-01-01T00:00Z'))") == "'ZONED DATETIME NOT NULL'");
}

TEST_CASE("A random identifier has the form that the standard asks for") {
  const std::string text = value_of("randomUUID()");
  REQUIRE(text.size() == 38);
  CHECK(text[15] == '4');
  CHECK(std::string("89ab").find(text[20]) != std::string::npos);
  CHECK((text[9] == '-' && text[14] == '-' && text[19] == '-' && text[24] == '-'));
}

TEST_CASE("Text is cut by characters, not by bytes") {
  CHECK(value_of("left('größe', 3)") == "'grö'");
  CHECK(value_of("left('abc', 10)") == "'abc'");
  CHECK(value_of("left('abc', 0)") == "''");
  CHECK(value_of("left('abc', -1)") == "ArgumentError/NumberOutOfRange");
  CHECK(value_of("left(1, 1)") == "TypeError/InvalidArgumentType");
  CHECK(value_of("right('größe', 3)") == "'öße'");
  CHECK(value_of("right('abc', 10)") == "'abc'");
  CHECK(value_of("substring('0123456789', 1)") == "'123456789'");
  CHECK(value_of("substring('größe', 2, 2)") == "'öß'");
  CHECK(value_of("substring('abc', 5)") == "''");
  CHECK(value_of("substring('abc', 0, -1)") == "ArgumentError/NumberOutOfRange");
  CHECK(value_of("substring('abc', null)") == "null");
  CHECK(value_of("reverse('größe')") == "'eßörg'");
  CHECK(value_of("reverse([1, 'a', null])") == "[null, 'a', 1]");
  CHECK(value_of("reverse([])") == "[]");
  CHECK(value_of("reverse(1)") == "TypeError/InvalidArgumentType");
  CHECK(value_of("toUpper('größe')") == value_of("upper('größe')"));
}

TEST_CASE("Text is trimmed of space or of what is named") {
  CHECK(value_of("trim('\\t a b\\n ')") == "'a b'");
  CHECK(value_of("ltrim('  a ')") == "'a '");
  CHECK(value_of("rtrim(' a  ')") == "' a'");
  CHECK(value_of("ltrim('ééab', 'éa')") == "'b'");
  CHECK(value_of("rtrim('abéé', 'éb')") == "'a'");
  CHECK(value_of("btrim('xyxax', 'xy')") == "'a'");
  CHECK(value_of("btrim('xx', 'x')") == "''");
  CHECK(value_of("btrim('  a ')") == "'a'");
}

TEST_CASE("Text is replaced and split") {
  CHECK(value_of("replace('hello', 'l', 'w')") == "'hewwo'");
  CHECK(value_of("replace('hello', 'x', 'w')") == "'hello'");
  CHECK(value_of("replace('hello', '', 'w')") == "'hello'");
  CHECK(value_of("replace('aaa', 'aa', 'b')") == "'ba'");
  CHECK(value_of("split('one1two', '1')") == "['one', 'two']");
  CHECK(value_of("split('', ',')") == "['']");
  CHECK(value_of("split(',a,', ',')") == "['', 'a', '']");
  CHECK(value_of("split('aß', '')") == "['a', 'ß']");
  CHECK(value_of("split('a--b-c', ['-', '--'])") == "['a', 'b', 'c']");
  CHECK(value_of("split('a', 1)") == "TypeError/InvalidArgumentType");
  CHECK(value_of("normalize('a', 'NFX')") == "ArgumentError/InvalidArgumentValue");
  CHECK(value_of("size(normalize('é', 'NFD'))") == "2");
}

TEST_CASE("Ranges include both ends, in either direction") {
  CHECK(value_of("range(0, 3)") == "[0, 1, 2, 3]");
  CHECK(value_of("range(3, 0)") == "[]");
  CHECK(value_of("range(3, 0, -1)") == "[3, 2, 1, 0]");
  CHECK(value_of("range(0, 10, 3)") == "[0, 3, 6, 9]");
  CHECK(value_of("range(0, 3, -1)") == "[]");
  CHECK(value_of("range(9223372036854775806, 9223372036854775807)") ==
        "[9223372036854775806, 9223372036854775807]");
  CHECK(value_of("range(-9223372036854775808, 9223372036854775807, 9223372036854775807)") ==
        "[-9223372036854775808, -1, 9223372036854775806]");
  CHECK(value_of("range(9223372036854775807, -9223372036854775808, -9223372036854775808)") ==
        "[9223372036854775807, -1]");
  CHECK(value_of("range(2, 8, 0)") == "ArgumentError/NumberOutOfRange");
  CHECK(value_of("range(0, 1.0)") == "ArgumentError/InvalidArgumentType");
  CHECK(value_of("range(true, 1)") == "ArgumentError/InvalidArgumentType");
  CHECK(value_of("range(0, 9223372036854775807)") == "ResourceError/ListTooLong");
}

TEST_CASE("Ends of lists") {
  CHECK(value_of("head([])") == "null");
  CHECK(value_of("last([])") == "null");
  CHECK(value_of("tail([])") == "[]");
  CHECK(value_of("tail([1])") == "[]");
  CHECK(value_of("head([null, 1])") == "null");
  CHECK(value_of("head('a')") == "TypeError/InvalidArgumentType");
  CHECK(value_of("keys({b: null, a: 1})") == "['a', 'b']");
}

TEST_CASE("Signs, sizes and NaN") {
  CHECK(value_of("abs(-9223372036854775808)") == "ArithmeticError/IntegerOverflow");
  CHECK(value_of("abs(-9223372036854775807)") == "9223372036854775807");
  CHECK(value_of("abs(-0.5)") == "0.5");
  CHECK(value_of("abs('a')") == "TypeError/InvalidArgumentType");
  CHECK(value_of("sign(-3)") == "-1");
  CHECK(value_of("sign(0.0)") == "0");
  CHECK(value_of("isNaN(1)") == "false");
  CHECK(value_of("sqrt(12.96)") == "3.6");
  CHECK(value_of("isNaN(log(-1))") == "true");
  CHECK(value_of("ceil(-0.5)") == "-0.0");
  CHECK(value_of("atan2(1, 'a')") == "TypeError/InvalidArgumentType");
}

TEST_CASE("Rounding goes by the digits that are printed") {
  CHECK(value_of("round(-1.5)") == "-1.0");
  CHECK(value_of("round(1.5)") == "2.0");
  CHECK(value_of("round(0.49999999999999994)") == "0.0");
  CHECK(value_of("round(3)") == "3.0");
  CHECK(value_of("round(4503599627370497.0)") == "4503599627370497.0");
  CHECK(value_of("round(1.005, 2)") == "1.01");
  CHECK(value_of("round(-1.55, 1)") == "-1.6");
  CHECK(value_of("round(9.995, 2)") == "10.0");
  CHECK(value_of("round(0.04, 1)") == "0.0");
  CHECK(value_of("round(1234.5, -2)") == "1200.0");
  CHECK(value_of("round(1.2345, 400)") == "1.2345");
  const auto modes = [](const std::string& value) {
    std::string out;
    for (const char* mode :
         {"UP", "DOWN", "CEILING", "FLOOR", "HALF_UP", "HALF_DOWN", "half_even"}) {
      out += value_of("round(" + value + ", 1, '" + mode + "')") + " ";
    }
    return out;
  };
  CHECK(modes("1.249") == "1.3 1.2 1.3 1.2 1.2 1.2 1.2 ");
  CHECK(modes("1.25") == "1.3 1.2 1.3 1.2 1.3 1.2 1.2 ");
  CHECK(modes("1.35") == "1.4 1.3 1.4 1.3 1.4 1.3 1.4 ");
  CHECK(modes("-1.25") == "-1.3 -1.2 -1.2 -1.3 -1.3 -1.2 -1.2 ");
  CHECK(modes("0.01") == "0.1 0.0 0.1 0.0 0.0 0.0 0.0 ");
  CHECK(value_of("round(1.5, 1, 'SIDEWAYS')") == "ArgumentError/InvalidArgumentValue");
}

TEST_CASE("Graph functions read the view, and say when what they read has been deleted") {
  const auto store = storage::Store::open("/graph.kith", {.environment = memory_environment()});
  const auto transaction = store->begin();
  transaction->begin_statement();
  const LabelId labels[] = {transaction->intern_label("A"), transaction->intern_label("B")};
  const storage::Property name[] = {
      {transaction->intern_key("name"), Cell::of(std::string_view("Ada"))}};
  const NodeId ada = transaction->create_node(labels, name);
  const NodeId other = transaction->create_node({}, {});
  const storage::Property since[] = {
      {transaction->intern_key("since"), Cell::of(std::int64_t{1840})}};
  const RelationshipId knows =
      transaction->create_relationship(transaction->intern_type("KNOWS"), ada, other, since);
  transaction->end_statement();
  const storage::View view = transaction->view();
  test::Context context(&view);
  const auto of_node = [&](const std::string& text) {
    return value_of(text, context, Cell::of(ada));
  };
  const auto of_relationship = [&](const std::string& text) {
    return value_of(text, context, Cell::of(knows));
  };
  CHECK(of_node("labels(x)") == "['A', 'B']");
  CHECK(of_node("keys(x)") == "['name']");
  CHECK(of_node("properties(x)") == "{name: 'Ada'}");
  CHECK(of_node("id(x)") == std::to_string(ada.value));
  CHECK(of_node("type(x)") == "TypeError/InvalidArgumentValue");
  CHECK(of_node("length(x)") == "TypeError/InvalidArgumentValue");
  CHECK(of_relationship("type(x)") == "'KNOWS'");
  CHECK(of_relationship("properties(x)") == "{since: 1840}");
  CHECK(of_relationship("labels(x)") == "TypeError/InvalidArgumentValue");
  CHECK(of_relationship("id(startNode(x))") == std::to_string(ada.value));
  CHECK(of_relationship("id(endNode(x))") == std::to_string(other.value));
  CHECK(of_node("labels(1)") == "TypeError/InvalidArgumentValue");

  Arena arena;
  const NodeId nodes[] = {ada, other};
  const Cell path = make_path(arena, nodes, std::span(&knows, 1));
  CHECK(value_of("length(x)", context, path) == "1");
  CHECK(value_of("id(head(nodes(x)))", context, path) == std::to_string(ada.value));
  CHECK(value_of("size(relationships(x))", context, path) == "1");
  CHECK(value_of("elementId(x)", context, Cell::of(ada)) != of_relationship("elementId(x)"));

  transaction->begin_statement();
  transaction->delete_relationship(knows);
  transaction->delete_node(ada);
  transaction->end_statement();
  CHECK(of_node("labels(x)") == "EntityNotFound/DeletedEntityAccess");
  CHECK(of_node("properties(x)") == "EntityNotFound/DeletedEntityAccess");
  CHECK(of_relationship("keys(x)") == "EntityNotFound/DeletedEntityAccess");
  CHECK(of_relationship("startNode(x)") == "EntityNotFound/DeletedEntityAccess");
  CHECK(of_relationship("type(x)") == "'KNOWS'");
  transaction->rollback();
  store->close();
}

}  // namespace kith
