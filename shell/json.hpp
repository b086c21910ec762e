// shell/json.hpp: values as JSON, lossless for kith's types (docs/formats.md).
#pragma once

#include <string>
#include <string_view>

#include "kith/value.hpp"

namespace kith::shell {

void append_json(std::string& out, const Value& value);
void append_json_text(std::string& out, std::string_view text);  // quoted and escaped

}  // namespace kith::shell
