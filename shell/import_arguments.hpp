// shell/import_arguments.hpp: what `kith import` understands as arguments.
#pragma once

#include <string>
#include <vector>

#include "kith/kith.hpp"

namespace kith::shell {

// The arguments of the program with those of argument files (`@FILE`: words between spaces and line
// ends, quoted where they hold some, `#` begins a comment) in their place, and `--flag true` as
// `--flag=true`; unchanged unless the subcommand is import. Throws CLI::FileError.
std::vector<std::string> expand_import_arguments(int argc, const char* const* argv);

// [Label[:Label…]=]FILE[,FILE…]; the parsers throw CLI::ValidationError.
ImportFiles parse_files(const std::string& argument, char between_names);
// One character, TAB, \t, \44 (its number), U+20AC.
char32_t parse_character(const std::string& option, const std::string& text);
IdType parse_id_type(const std::string& text);
PathPatternStyle parse_pattern_style(const std::string& text);
// Bytes, with or without a unit (4 MiB), or 90% of the memory that there is.
void parse_memory_limit(const std::string& text, ImportOptions& options);
std::uint64_t parse_size(const std::string& option, const std::string& text);
bool parse_boolean(const std::string& option, const std::string& text);
std::vector<std::string> split(const std::string& text, char at);
// The statements of a --schema file.
std::vector<std::string> read_schema(const std::string& file);

}  // namespace kith::shell
