// shell/query_shell.cpp: see query_shell.hpp.
#include "shell/query_shell.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "shell/line_editor.hpp"
#include "shell/line_reader.hpp"
#include "shell/literal.hpp"

namespace kith::shell {
namespace {

constexpr int kMaxSourceDepth = 20;
constexpr std::size_t kFlushBytes = 1 << 16;

// A signal handler can reach nothing but a global: the connection whose statement Ctrl-C cancels.
std::atomic<Connection*> interrupted_connection{nullptr};

extern "C" void on_interrupt(int) {
  if (auto* connection = interrupted_connection.load()) connection->interrupt();
}

void catch_interrupts(Connection* connection) {
  interrupted_connection = connection;
  struct sigaction action {};
  action.sa_handler = connection != nullptr ? on_interrupt : SIG_DFL;
  sigaction(SIGINT, &action, nullptr);
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::string home_file(const char* name) {
  const char* home = std::getenv("HOME");
  return home == nullptr ? std::string() : std::string(home) + "/" + name;
}

}  // namespace

QueryShell::QueryShell(Database& database, SessionOptions options)
    : database_(database), options_(std::move(options)), connection_(database.connect()) {
  const bool to_terminal = isatty(STDOUT_FILENO) == 1;
  format_name_ = !options_.format.empty() ? options_.format : to_terminal ? "table" : "jsonl";
  if (to_terminal) {
    format_options_.width = terminal_width();
    format_options_.max_rows = 1000;
  }
  if (options_.timeout_seconds > 0)
    connection_.set_timeout(
        std::chrono::milliseconds(static_cast<std::int64_t>(options_.timeout_seconds * 1000)));
  remake_formatter();
  if (options_.interactive) catch_interrupts(&connection_);
}

QueryShell::~QueryShell() {
  if (options_.interactive) catch_interrupts(nullptr);
  if (output_ != stdout) std::fclose(output_);
}

void QueryShell::remake_formatter() {
  formatter_ = find_format(format_name_)->make(format_options_);
}

void QueryShell::set_format(std::string_view name) {
  const auto* format = find_format(name);
  if (format == nullptr) {
    std::string names;
    for (const auto& known : all_formats()) names += " " + std::string(known.name);
    throw QueryError("ArgumentError", "UnknownFormat",
                     "there is no format '" + std::string(name) + "'; there are" + names);
  }
  format_name_ = format->name;
  remake_formatter();
}

void QueryShell::write_to(const std::string& path, bool once) {
  flush();
  if (output_ != stdout) std::fclose(output_);
  output_ = stdout;
  output_once_ = once;
  if (path.empty()) return;
  output_ = std::fopen(path.c_str(), "w");
  if (output_ != nullptr) return;
  output_ = stdout;
  throw QueryError("ArgumentError", "CannotWrite",
                   "cannot write " + path + ": " + std::strerror(errno));
}

void QueryShell::flush() {
  std::fwrite(out_.data(), 1, out_.size(), output_);
  std::fflush(output_);
  out_.clear();
}

void QueryShell::say(std::string_view text) {
  if (format_name_ == "jsonl" || format_name_ == "json") return;
  out_ += text;
  out_ += '\n';
  flush();
}

// ---- transactions

void QueryShell::begin(AccessMode mode) {
  if (transaction_)
    throw TransactionError("TransactionOpen",
                           "a transaction is open already; :commit or :rollback ends it");
  transaction_.emplace(connection_.begin(mode));
}

void QueryShell::commit() {
  if (!transaction_)
    throw TransactionError("NoTransaction", "there is no open transaction to commit");
  auto transaction = std::move(*transaction_);
  transaction_.reset();
  transaction.commit();
}

void QueryShell::rollback() {
  if (!transaction_)
    throw TransactionError("NoTransaction", "there is no open transaction to roll back");
  auto transaction = std::move(*transaction_);
  transaction_.reset();
  transaction.rollback();
}

// ---- statements

Result QueryShell::execute(const std::string& statement, const Parameters& parameters) {
  return transaction_ ? transaction_->execute(statement, parameters)
                      : connection_.execute(statement, parameters);
}

Value QueryShell::evaluate(const std::string& expression) {
  if (auto value = parse_literal(expression)) return std::move(*value);
  auto result = execute("RETURN " + expression + " AS value", parameters_);
  return result.next()->values()[0];
}

void QueryShell::show(Result result) {
  formatter_->begin(out_, result.columns());
  while (const auto* row = result.next()) {
    formatter_->row(out_, row->values());
    if (out_.size() > kFlushBytes) flush();
  }
  formatter_->end(out_, result.summary());
  flush();
  if (output_once_) write_to("", false);
}

void QueryShell::run_statement(const std::string& statement) {
  show(execute(statement, parameters_));
}

void QueryShell::report(const Error& error) {
  if (!formatter_->error(out_, error))
    std::fprintf(stderr, "%s: %s\n", error.type().c_str(), error.what());
  flush();
}

bool QueryShell::run_input(const StatementReader::Input& input) {
  try {
    if (input.is_command)
      run_command(*this, input.text);
    else
      run_statement(input.text);
    return true;
  } catch (const Error& error) {
    report(error);
    failed_ = true;
    return options_.keep_going;
  }
}

// Runs what is complete; false to stop.
bool QueryShell::run_inputs(StatementReader& reader, bool at_end) {
  while (auto input = reader.next())
    if (!run_input(*input) || exited_) return false;
  if (!at_end) return true;
  const auto rest = reader.rest();
  return !rest || run_input(*rest);
}

bool QueryShell::run_text(std::string_view text) {
  StatementReader reader;
  reader.add_line(text);
  run_inputs(reader, true);
  return !failed_;
}

bool QueryShell::run_stream(int input) {
  StatementReader reader;
  LineReader lines(input);
  while (const auto line = lines.next()) {
    reader.add_line(*line);
    if (!run_inputs(reader, false)) return !failed_;
  }
  run_inputs(reader, true);
  return !failed_;
}

bool QueryShell::run_file(const std::string& path) {
  if (source_depth_ >= kMaxSourceDepth)
    throw QueryError("ArgumentError", "NestedTooDeep", ":source goes in circles at " + path);
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "r"), std::fclose);
  if (file == nullptr)
    throw QueryError("ArgumentError", "CannotRead",
                     "cannot read " + path + ": " + std::strerror(errno));
  struct Depth {
    int& depth;
    ~Depth() { --depth; }
  } deeper{++source_depth_};
  return run_stream(fileno(file.get()));
}

bool QueryShell::run_terminal() {
  options_.keep_going = true;
  LineEditor editor(home_file(".kith_history"));
  const auto init_file = home_file(".kithrc");
  if (!init_file.empty() && access(init_file.c_str(), R_OK) == 0) run_file(init_file);
  std::printf("kith %s. Statements end with ; and :help lists the commands.\n",
              std::string(version()).c_str());
  StatementReader reader;
  std::string statement;
  while (!exited_) {
    auto end = LineEditor::End::None;
    const auto line = editor.read(reader.open()  ? "  ... "
                                  : transaction_ ? "kith# "
                                                 : "kith> ",
                                  end);
    if (end == LineEditor::End::EndOfInput) break;
    if (end == LineEditor::End::Cancelled) {
      reader.clear();
      statement.clear();
      std::printf("\n");
      continue;
    }
    statement += statement.empty() ? *line : "\n" + *line;
    reader.add_line(*line);
    run_inputs(reader, false);
    if (reader.open()) continue;
    if (!statement.empty()) editor.remember(statement);
    statement.clear();
  }
  std::printf("\n");
  return true;
}

}  // namespace kith::shell
