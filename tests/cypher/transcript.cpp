// tests/cypher/transcript.cpp: see transcript.hpp.
#include "tests/cypher/transcript.hpp"

#include <fstream>
#include <stdexcept>

namespace kith::test {
namespace {

constexpr std::string_view kRule = "----";

bool is_outside_statements(const std::string& line) {
  return line.find_first_not_of(" \t") == std::string::npos || line[0] == '#';
}

}  // namespace

Transcript read_transcript(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);

  Transcript out{.path = path, .blocks = {}, .tail = {}};
  std::size_t at = 0;
  while (at < lines.size()) {
    Block block;
    while (at < lines.size() && is_outside_statements(lines[at]))
      block.before.push_back(lines[at++]);
    if (at == lines.size()) {
      out.tail = block.before;
      break;
    }
    block.line = at + 1;
    if (lines[at][0] == ':') {
      block.statement = lines[at++];
      out.blocks.push_back(std::move(block));
      continue;
    }
    while (at < lines.size() && !lines[at].ends_with(';')) block.statement += lines[at++] + "\n";
    if (at == lines.size())
      throw std::runtime_error(path + ":" + std::to_string(block.line) + ": a statement without ;");
    block.statement += lines[at].substr(0, lines[at].size() - 1);
    ++at;
    if (at < lines.size() && lines[at].starts_with(kRule)) {
      block.has_answer = true;
      block.sorted = lines[at].find("sorted") != std::string::npos;
      ++at;
      while (at < lines.size() && !lines[at].empty()) block.answer.push_back(lines[at++]);
    }
    out.blocks.push_back(std::move(block));
  }
  return out;
}

void write_transcript(const Transcript& transcript) {
  std::ofstream out(transcript.path);
  for (const auto& block : transcript.blocks) {
    for (const auto& line : block.before) out << line << '\n';
    out << block.statement << (block.statement[0] == ':' ? "\n" : ";\n");
    if (!block.has_answer) continue;
    out << kRule << (block.sorted ? " sorted" : "") << '\n';
    for (const auto& line : block.answer) out << line << '\n';
  }
  for (const auto& line : transcript.tail) out << line << '\n';
}

}  // namespace kith::test
