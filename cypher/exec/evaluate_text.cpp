// cypher/exec/evaluate_text.cpp: STARTS WITH, ENDS WITH, CONTAINS and =~.
//
// Anything but a string on either side gives null.
#include <re2/re2.h>

#include <cstring>
#include <optional>
#include <string>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"

namespace kith::exec {

namespace {

using bound::Operator;

bool text_contains(std::string_view text, std::string_view part) {
  if (part.empty()) return true;
  if (part.size() > text.size()) return false;
  return memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

bool test(Operator op, std::string_view text, std::string_view part) {
  switch (op) {
    case Operator::StartsWith:
      return text.starts_with(part);
    case Operator::EndsWith:
      return text.ends_with(part);
    default:
      return text_contains(text, part);
  }
}

class TextTestEvaluator final : public Evaluator {
 public:
  TextTestEvaluator(Operator op, EvaluatorPtr text, EvaluatorPtr part)
      : op_(op), text_(std::move(text)), part_(std::move(part)) {}

  Column evaluate(const Batch& batch) override {
    const Column text = text_->evaluate(batch);
    const Column part = part_->evaluate(batch);
    const bool constant = text.constant && part.constant;
    const std::uint32_t rows = constant ? 1 : batch.rows;
    out_.reset(VectorType::Boolean, rows);
    auto* values = out_.data<std::uint8_t>();
    for (std::uint32_t i = 0; i < rows; ++i) {
      const Cell a = text.cell(i);
      const Cell b = part.cell(i);
      if (a.kind == Kind::String && b.kind == Kind::String) {
        values[i] = test(op_, a.string(), b.string()) ? 1 : 0;
      } else {
        values[i] = 0;
        out_.set_null(i);
      }
    }
    return {&out_, nullptr, constant};
  }

 private:
  Operator op_;
  EvaluatorPtr text_, part_;
  Vector out_;
};

class MatchesEvaluator final : public Evaluator {
 public:
  MatchesEvaluator(EvaluatorPtr text, EvaluatorPtr pattern, Position at)
      : text_(std::move(text)), pattern_(std::move(pattern)), at_(at) {}

  Column evaluate(const Batch& batch) override {
    const Column text = text_->evaluate(batch);
    const Column pattern = pattern_->evaluate(batch);
    const bool constant = text.constant && pattern.constant;
    const std::uint32_t rows = constant ? 1 : batch.rows;
    out_.reset(VectorType::Boolean, rows);
    auto* values = out_.data<std::uint8_t>();
    for (std::uint32_t i = 0; i < rows; ++i) {
      const Cell a = text.cell(i);
      const Cell b = pattern.cell(i);
      values[i] = 0;
      if (a.kind != Kind::String || b.kind != Kind::String) {
        out_.set_null(i);
        continue;
      }
      const RE2& re = compiled(b.string());
      values[i] = RE2::FullMatch({a.text, a.aux}, re) ? 1 : 0;
    }
    return {&out_, nullptr, constant};
  }

 private:
  const RE2& compiled(std::string_view pattern) {
    if (re_ && re_->pattern() == pattern) return *re_;
    RE2::Options options;
    options.set_log_errors(false);
    re_.emplace(re2::StringPiece(pattern.data(), pattern.size()), options);
    if (re_->ok()) return *re_;
    const std::string why = re_->error();
    re_.reset();
    throw QueryError("ArgumentError", "InvalidRegularExpression",
                     "'" + std::string(pattern) + "' is not a regular expression: " + why, at_);
  }

  EvaluatorPtr text_, pattern_;
  Position at_;
  std::optional<RE2> re_;  // of the last pattern seen: nearly always the only one
  Vector out_;
};

}  // namespace

EvaluatorPtr compile_text_test(const bound::Operation& node, Position, Worker& worker) {
  KITH_ASSERT(node.operands.size() == 2);
  return std::make_unique<TextTestEvaluator>(node.op, compile(*node.operands[0], worker),
                                             compile(*node.operands[1], worker));
}

EvaluatorPtr compile_matches(const bound::Operation& node, Position at, Worker& worker) {
  KITH_ASSERT(node.operands.size() == 2);
  return std::make_unique<MatchesEvaluator>(compile(*node.operands[0], worker),
                                            compile(*node.operands[1], worker), at);
}

}  // namespace kith::exec
