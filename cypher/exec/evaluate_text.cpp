// cypher/exec/evaluate_text.cpp: STARTS WITH, ENDS WITH, CONTAINS and =~.
//
// Anything but a string on either side gives null.
#include <re2/re2.h>

#include <optional>
#include <string>
#include <vector>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/same_texts.hpp"
#include "cypher/exec/text_search.hpp"

namespace kith::exec {

namespace {

using bound::Operator;

bool starts_with(std::string_view text, std::string_view part) { return text.starts_with(part); }
bool ends_with(std::string_view text, std::string_view part) { return text.ends_with(part); }

TextContains test_of(Operator op) {
  if (op == Operator::StartsWith) return starts_with;
  if (op == Operator::EndsWith) return ends_with;
  return text_contains();
}

class TextTestEvaluator final : public Evaluator {
 public:
  TextTestEvaluator(Operator op, EvaluatorPtr text, EvaluatorPtr part)
      : test_(test_of(op)), text_(std::move(text)), part_(std::move(part)) {}

  Column evaluate(const Batch& batch) override {
    const Column text = text_->evaluate(batch);
    const Column part = part_->evaluate(batch);
    const bool constant = text.constant && part.constant;
    const std::uint32_t rows = constant ? 1 : batch.rows;
    out_.reset(VectorType::Boolean, rows);
    if (text.vector->type() == VectorType::String && part.vector->type() == VectorType::String) {
      texts(text, part, rows);
    } else {
      cells(text, part, rows);
    }
    return {&out_, nullptr, constant};
  }

 private:
  void texts(const Column& text, const Column& part, std::uint32_t rows) {
    const auto left = operand<Cell>(text, rows, texts_);
    const auto right = operand<Cell>(part, rows, parts_);
    if (part.constant && SameTexts::are_many_in(text, rows)) {
      SameTexts same;
      auto* values = out_.data<std::uint8_t>();
      for (std::uint32_t i = 0; i < rows; ++i) {
        const auto compute = [&] { return test_(left[i].string(), right[0].string()) ? 1 : 0; };
        values[i] = static_cast<std::uint8_t>(same.find(left[i], compute));
      }
      copy_nulls(part, rows, out_);
      return;
    }
    for_each_pair(left, right, rows, out_.data<std::uint8_t>(),
                  [test = test_](const Cell& a, const Cell& b) {
                    return static_cast<std::uint8_t>(test(a.string(), b.string()) ? 1 : 0);
                  });
    copy_nulls(text, rows, out_);
    copy_nulls(part, rows, out_);
  }

  void cells(const Column& text, const Column& part, std::uint32_t rows) {
    auto* values = out_.data<std::uint8_t>();
    for (std::uint32_t i = 0; i < rows; ++i) {
      const Cell a = text.cell(i);
      const Cell b = part.cell(i);
      if (a.kind == Kind::String && b.kind == Kind::String) {
        values[i] = test_(a.string(), b.string()) ? 1 : 0;
      } else {
        values[i] = 0;
        out_.set_null(i);
      }
    }
  }

  TextContains test_;
  EvaluatorPtr text_, part_;
  std::vector<Cell> texts_, parts_;
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
    SameTexts same;
    const bool repeats = pattern.constant && SameTexts::are_many_in(text, rows);
    for (std::uint32_t i = 0; i < rows; ++i) {
      const Cell a = text.cell(i);
      const Cell b = pattern.cell(i);
      values[i] = 0;
      if (a.kind != Kind::String || b.kind != Kind::String) {
        out_.set_null(i);
        continue;
      }
      const auto compute = [&] { return matches(a, b) ? 1 : 0; };
      values[i] = static_cast<std::uint8_t>(repeats ? same.find(a, compute) : compute());
    }
    return {&out_, nullptr, constant};
  }

 private:
  bool matches(const Cell& text, const Cell& pattern) {
    return RE2::FullMatch({text.text, text.aux}, compiled(pattern.string()));
  }
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
